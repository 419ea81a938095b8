"""``python -m benchmarks.validate``: how fast manifests are validated; all figures, or those of ``--only``.

``tree``: the manifests of a real homelab cold (no results kept) and unchanged, against one ``kubectl apply
--dry-run=client`` a file, one after another and ten at a time; that needs KUBEBUILDER_ASSETS, or ``--kubeconfig``.
``generated``: resources that it makes itself, on one core, on two, and over the workers of a runtime.
``threshold``: from which size on a pool of processes is faster than one.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from benchmarks.validate import generated, tree
from benchmarks.validate.made import make

PARTS = ("tree", "generated", "threshold")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.validate", description=__doc__)
    parser.add_argument("--only", choices=PARTS, action="append", help="measure just this (repeatable)")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--data", type=Path, default=_data(), help="folder with homelab/ and crd-schemas/")
    parser.add_argument("--kubectl", default=_kubectl())
    parser.add_argument("--kubeconfig", type=Path, help="of a server that kubectl may ask")
    parser.add_argument("--resources", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parts = asked.only or PARTS
    with tempfile.TemporaryDirectory(prefix="homeperf-validate-") as text:
        home = Path(text)
        environment = {**os.environ, "HOME": text, "HOMEPERF_RUNTIME_DIR": f"{text}/run"}
        environment = {name: value for name, value in environment.items() if not name.startswith("XDG_")}
        if "tree" in parts:
            _tree(asked, environment, home)
        if "generated" in parts:
            generated.measure(
                environment, home, resources=asked.resources, workers=asked.workers, rounds=max(1, asked.rounds // 2)
            )
        if "threshold" in parts:
            generated.threshold(environment, home, rounds=asked.rounds)


def _tree(asked: argparse.Namespace, environment: dict[str, str], home: Path) -> None:
    folder, schemas = home / "made-tree", None
    if asked.data:
        folder, schemas = asked.data / "homelab", asked.data / "crd-schemas"
    else:
        print("no manifests of a real homelab are here (--data): 240 files are made")
        make(folder, 2_400)
    given = contextlib.nullcontext(asked.kubeconfig) if asked.kubeconfig or not asked.kubectl else tree.server(home)
    with given as kubeconfig:
        if not kubeconfig or not asked.kubectl:
            print("no kubectl is measured: that needs it, and KUBEBUILDER_ASSETS or --kubeconfig")
        tree.measure(folder, schemas, environment, rounds=asked.rounds, kubectl=asked.kubectl, kubeconfig=kubeconfig)


def _data() -> Path | None:
    named = os.environ.get("HOMEPERF_TEST_DATA")
    places = [Path(named)] if named else [above / "shared/data" for above in Path(__file__).resolve().parents]
    return next((place for place in places if (place / "homelab").is_dir()), None)


def _kubectl() -> str | None:
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    return shutil.which("kubectl", path=assets) if assets else shutil.which("kubectl")


if __name__ == "__main__":
    main()
