"""One runtime with three workers for the whole session, in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from homeperf_ray.actors.folder import RuntimeFolder
from homeperf_ray.actors.runtime import Runtime
from tests.cli.command import Homeperf

WORKERS = 3


@pytest.fixture(scope="package")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Homeperf]:
    """A command whose runtime is up; afterwards nothing of it may be left.

    It ends before other packages count what the homelab receives: it watches that homelab.
    """
    homeperf = Homeperf(tmp_path_factory.mktemp("home"))
    up = homeperf.run("up", "--workers", str(WORKERS), timeout=180)
    try:
        assert up.code == 0, up.out + up.err
        yield homeperf
    finally:
        known = folder_of(homeperf).processes()
        homeperf.run("down")
        assert {pid for pid in known if lives(pid)} == set()


def lives(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits for its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def folder_of(homeperf: Homeperf) -> Runtime:
    return Runtime(RuntimeFolder(Path(homeperf.environment["HOMEPERF_RUNTIME_DIR"])))


@pytest.fixture
def sim(homelab):
    homelab.reset()
    yield homelab
    homelab.reset()
