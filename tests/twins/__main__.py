"""``python -m tests.twins``: the table of the comparison, and every difference that is not on purpose."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.apiserver.server import ApiServer
from tests.twins.run import run


def main() -> int:
    if "KUBEBUILDER_ASSETS" not in os.environ:
        sys.exit("KUBEBUILDER_ASSETS names no folder with etcd and kube-apiserver (setup-envtest use -p path)")
    with ApiServer(Path(os.environ["KUBEBUILDER_ASSETS"])) as server:
        outcomes, shown = run(server)
    print(shown)
    wrong = [outcome for outcome in outcomes if not outcome.right]
    for outcome in wrong:
        print(f"\n{outcome.case.group}: {outcome.case.title}", *(outcome.different or ["alike"]), sep="\n  ")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
