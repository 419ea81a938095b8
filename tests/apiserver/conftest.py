"""Genuine servers, each started and filled once for the session; skipped where ``$KUBEBUILDER_ASSETS`` is not set."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.apiserver.content.homelab import Size
from tests.apiserver.fill import Truth, fill
from tests.apiserver.server import ApiServer
from tests.cli.command import Homeperf

PROGRAMS = ("etcd", "kube-apiserver")


class Genuine(NamedTuple):
    """A server, and the truth about what is in it."""

    server: ApiServer
    truth: Truth


@pytest.fixture(scope="session")
def assets() -> Path:
    """The folder with the programs. One that is named and lacks them is a fault, not a reason to skip."""
    named = os.environ.get("KUBEBUILDER_ASSETS")
    if not named:
        pytest.skip("KUBEBUILDER_ASSETS names no folder with etcd and kube-apiserver (setup-envtest use -p path)")
    folder = Path(named).absolute()
    missing = [program for program in PROGRAMS if not os.access(folder / program, os.X_OK)]
    assert not missing, f"KUBEBUILDER_ASSETS is {folder}, where there is no {' and no '.join(missing)}"
    return folder


@contextmanager
def _running(assets: Path, request: pytest.FixtureRequest, name: str) -> Iterator[ApiServer]:
    """A server whose logs are kept, in pytest's own temporary folder, where a test has failed."""
    failed = request.session.testsfailed
    with ApiServer(assets) as server:
        try:
            yield server
        except BaseException:
            failed = -1
            raise
        finally:
            if request.session.testsfailed != failed:
                folder = request.getfixturevalue("tmp_path_factory").getbasetemp() / f"{name}-server"
                server.keep_logs(folder)
                request.config.get_terminal_writer().line(f"\nlogs of the {name} server: {folder}")


@pytest.fixture(scope="session")
def genuine(assets: Path, request: pytest.FixtureRequest) -> Iterator[Genuine]:
    """30 namespaces, 300 pods, 40 claims."""
    with _running(assets, request, "genuine") as server:
        yield Genuine(server, fill(server))


@pytest.fixture(scope="session")
def crowded(assets: Path, request: pytest.FixtureRequest) -> Iterator[Genuine]:
    """1,200 pods, so that a LIST has three pages; DNS, CNI and storage classes are broken."""
    with _running(assets, request, "crowded") as server:
        yield Genuine(server, fill(server, Size(pods=1_200, broken=True)))


@pytest.fixture(scope="session")
def bare(assets: Path, request: pytest.FixtureRequest) -> Iterator[ApiServer]:
    """Nothing but what a server has when it has just started."""
    with _running(assets, request, "bare") as server:
        yield server


@pytest.fixture
def homeperf(tmp_path: Path) -> Homeperf:
    home = tmp_path / "home"
    home.mkdir()
    return Homeperf(home)


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Homeperf]:
    """A command whose runtime of three workers is up."""
    homeperf = Homeperf(tmp_path_factory.mktemp("warm"))
    up = homeperf.run("up", "--workers", "3", timeout=180)
    try:
        assert up.code == 0, up.out + up.err
        yield homeperf
    finally:
        homeperf.run("down")
