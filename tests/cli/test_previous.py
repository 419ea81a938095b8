import errno
from pathlib import Path

import msgspec
import pytest

from homeperf_ray.cli.previous import compared, remember
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.executor.outcome import Failure
from homeperf_ray.kube.request import Access
from tests.executor.test_changes import finding, report

JOB = CheckJob(run="r", access=Access(("/kube",), "c"))


def test_the_next_run_is_compared_with_this_one(tmp_path):
    first = report(finding())
    assert compared(first, JOB, tmp_path).changes is None
    remember(first, JOB, tmp_path)
    changes = compared(report(), JOB, tmp_path).changes
    assert [one.object for one in changes.fixed] == ["Pod/a"]
    assert changes.since == 2.0


def test_scopes_are_kept_apart(tmp_path):
    remember(report(finding()), JOB, tmp_path)
    for other in (
        msgspec.structs.replace(JOB, namespaces=("media",)),
        msgspec.structs.replace(JOB, domains=("nodes",)),
        msgspec.structs.replace(JOB, access=Access(("/other",), "c")),
        msgspec.structs.replace(JOB, secrets=False),
        msgspec.structs.replace(JOB, exec=True),
    ):
        assert compared(report(), other, tmp_path).changes is None


def test_a_run_that_could_judge_nothing_neither_compares_nor_is_kept(tmp_path):
    remember(report(finding()), JOB, tmp_path)
    broken = msgspec.structs.replace(report(), failure=Failure("unreachable", "no route"))
    assert compared(broken, JOB, tmp_path).changes is None
    remember(broken, JOB, tmp_path)
    assert len(compared(report(), JOB, tmp_path).changes.fixed) == 1


def test_a_disk_that_is_full_keeps_no_half_of_a_file(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        remember(report(finding()), JOB, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_details_are_not_kept_and_the_file_is_private(tmp_path):
    folder = tmp_path / "last"
    remember(report(msgspec.structs.replace(finding(), detail=("log: hunter2",))), JOB, folder)
    [file] = folder.iterdir()
    assert b"hunter2" not in file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("content", [b"", b"{}", b'{"version":99,"ended":1,"findings":[]}', b"\xff"])
def test_a_file_that_is_not_understood_is_as_none(tmp_path, content):
    remember(report(finding()), JOB, tmp_path)
    [file] = tmp_path.iterdir()
    file.write_bytes(content)
    assert compared(report(), JOB, tmp_path).changes is None
