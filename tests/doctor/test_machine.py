"""What a machine lacks is told with what to do."""

from __future__ import annotations

import shutil
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import pytest

from homeperf_ray import __version__
from homeperf_ray.doctor.diagnosis import Diagnosis
from homeperf_ray.doctor.machine import machine


class Usage(NamedTuple):
    total: float
    used: float
    free: float


def about(name: str, folders: dict[str, Path]) -> Diagnosis:
    return next(one for one in machine(folders) if one.name == name)


def test_versions_are_told(tmp_path: Path):
    found = about("installation", {})
    assert found.status == "ok"
    assert __version__ in found.message
    assert f"ray {metadata.version('ray')}" in found.message


def test_a_library_that_is_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("homeperf_ray.doctor.machine.PACKAGES", ("aiohttp", "no-such-package"))
    found = about("installation", {})
    assert found.status == "error"
    assert "lacks no-such-package" in found.message
    assert found.hint


def test_a_folder_that_is_not_there_yet_is_judged_by_where_it_will_be(tmp_path: Path):
    found = about("timings", {"timings": tmp_path / "a" / "b"})
    assert found.status == "ok"
    assert not (tmp_path / "a").exists()


def test_a_file_in_the_way_is_named(tmp_path: Path):
    (tmp_path / "homeperf").write_text("")
    found = about("timings", {"timings": tmp_path / "homeperf" / "timings"})
    assert found.status == "warning"
    assert str(tmp_path / "homeperf") in found.message


def test_a_folder_of_somebody_else_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("homeperf_ray.doctor.machine.os.access", lambda *_: False)
    found = about("cache", {"cache": tmp_path})
    assert found.status == "warning"
    assert str(tmp_path) in found.message + found.hint


def test_a_full_disk_is_told_with_its_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(100e9, 99.88e9, 120e6))
    found = about("timings", {"timings": tmp_path})
    assert found.status == "warning"
    assert "120 MB" in found.message


def test_kubectl_may_be_missing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert about("kubectl", {}).status == "note"
