"""``python -m tests.apiserver``: a filled API server to measure against, until standard input ends."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

from tests.apiserver.fill import fill
from tests.apiserver.server import ApiServer

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--namespaces", type=int, default=30)
parser.add_argument("--pods", type=int, default=300)
parser.add_argument("--pvcs", type=int, default=40)
parser.add_argument("--kubeconfig", type=Path, required=True)
options = parser.parse_args()

with ApiServer(Path(os.environ["KUBEBUILDER_ASSETS"])) as server:
    fill(server, namespaces=options.namespaces, pods=options.pods, pvcs=options.pvcs)
    shutil.copy(server.admin, options.kubeconfig)
    print(f"{server.url} serves {server.get('/version')['gitVersion']}; end it with Ctrl-D", flush=True)
    sys.stdin.read()
