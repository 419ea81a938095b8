"""The genuine server, filled once for the session; skipped where ``$KUBEBUILDER_ASSETS`` is not set."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.apiserver.fill import fill
from tests.apiserver.server import ApiServer
from tests.cli.command import Homeperf


class Filled(NamedTuple):
    server: ApiServer
    truth: dict[tuple[str, str], str]


def assets() -> Path:
    named = os.environ.get("KUBEBUILDER_ASSETS")
    if not named:
        pytest.skip("KUBEBUILDER_ASSETS names no folder with etcd and kube-apiserver (setup-envtest use -p path)")
    return Path(named)


@pytest.fixture(scope="session")
def filled() -> Iterator[Filled]:
    """30 namespaces, 300 pods, 40 claims."""
    with ApiServer(assets()) as server:
        yield Filled(server, fill(server))


@pytest.fixture(scope="session")
def crowded() -> Iterator[Filled]:
    """1,200 pods: a LIST of three pages."""
    with ApiServer(assets()) as server:
        yield Filled(server, fill(server, pods=1_200))


@pytest.fixture
def homeperf(tmp_path: Path) -> Homeperf:
    home = tmp_path / "home"
    home.mkdir()
    return Homeperf(home)
