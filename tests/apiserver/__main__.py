"""``python -m tests.apiserver``: a filled API server to measure against.

It runs until Ctrl-C or the end of standard input; in the background, until it is killed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.apiserver.content.homelab import Size
from tests.apiserver.fill import Truth, fill
from tests.apiserver.pki import write_secret
from tests.apiserver.server import ApiServer


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.apiserver", description=__doc__)
    parser.add_argument("--namespaces", type=int, default=Size.namespaces)
    parser.add_argument("--pods", type=int, default=Size.pods)
    parser.add_argument("--pvcs", type=int, default=Size.pvcs)
    parser.add_argument("--broken", action="store_true", help="break DNS, CNI and storage classes too")
    parser.add_argument("--kubeconfig", type=Path, required=True, help="where to write it (mode 0600)")
    parser.add_argument("--truth", type=Path, help="where to write what must be found, as JSON")
    options = parser.parse_args()
    if "KUBEBUILDER_ASSETS" not in os.environ:
        parser.error("KUBEBUILDER_ASSETS names no folder with etcd and kube-apiserver (setup-envtest use -p path)")
    size = Size(options.namespaces, options.pods, options.pvcs, options.broken)
    with _ending_well(), ApiServer(Path(os.environ["KUBEBUILDER_ASSETS"])) as server:
        truth = fill(server, size)
        server.users.write(options.kubeconfig)
        if options.truth:
            write_secret(options.truth, _json(truth))
        print(options.kubeconfig, flush=True)
        print(f"{server.url} serves 1.{server.minor}; end it with Ctrl-C or Ctrl-D", file=sys.stderr, flush=True)
        _wait()


def _wait() -> None:
    """Until the end of standard input; in the background, where nobody can end that, until a signal."""
    signal.signal(signal.SIGTTIN, signal.SIG_IGN)
    with contextlib.suppress(OSError):
        if not os.path.samestat(os.fstat(0), Path(os.devnull).stat()):
            sys.stdin.read()
            return
    signal.pause()


@contextlib.contextmanager
def _ending_well() -> Iterator[None]:
    """Make a SIGTERM end the server too."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with contextlib.suppress(KeyboardInterrupt):
        yield


def _json(truth: Truth) -> str:
    return json.dumps([sick._asdict() for sick in sorted(truth.sick.elements())], indent=1)


if __name__ == "__main__":
    main()
