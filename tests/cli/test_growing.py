"""Growth judged on the driver: from the history on this machine, whoever has asked the kubelets."""

from pathlib import Path

import msgspec

from homeperf_ray.checks.suppression import Suppression
from homeperf_ray.cli.growing import with_growth
from homeperf_ray.cli.timings import Keeping
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.kube.request import Access
from homeperf_ray.timings.layout import VOLUMES
from homeperf_ray.timings.reading import read
from homeperf_ray.timings.volume_history import FOLDER
from tests.executor.test_changes import finding, report
from tests.timings.volumes import DAY, GIB, NOON, grow, record, use

JOB = CheckJob(run="r", access=Access(("/kube",), "c"))


def keeping(folder: Path, *, timings: bool = True) -> Keeping:
    return Keeping(timings, folder, 36_500)


def checked(*volumes, server: str = "s1", **fields):
    measured = tuple(msgspec.structs.replace(one, taken=NOON) for one in volumes)
    given = {"started": NOON, "server": server, "volumes": measured, "run": "now"} | fields
    return msgspec.structs.replace(report(finding()), **given)


def filling(folder: Path, **fields) -> None:
    grow(folder, lambda day: round((60 + 2 * day) * GIB), days=15, **fields)


def test_a_volume_that_fills_up_is_found_and_counted(tmp_path):
    filling(tmp_path)
    before = checked(use(used=90 * GIB))
    found = with_growth(before, JOB, keeping(tmp_path))
    assert [one.code for one in found.findings] == ["HP360", finding().code]
    assert found.summary.critical == before.summary.critical + 1
    assert found.summary.total == before.summary.total + 1
    assert found.titles["HP360"] == "a volume will be full within days"
    assert "full in 5 days" in found.findings[0].message


def test_this_runs_readings_are_kept_and_count(tmp_path):
    filling(tmp_path)
    with_growth(checked(use(used=90 * GIB), use("new"), started=NOON + 60), JOB, keeping(tmp_path))
    assert "now" in read(tmp_path / FOLDER, VOLUMES).table["run"].to_pylist()
    empty = with_growth(checked(use("new", used=1)), JOB, keeping(tmp_path / "fresh"))
    assert any("shorter than a week" in note for note in empty.notes)


def test_no_timings_keeps_and_judges_nothing_and_says_so(tmp_path):
    filling(tmp_path)
    files = sorted(tmp_path.rglob("*.parquet"))
    found = with_growth(checked(use(used=90 * GIB)), JOB, keeping(tmp_path, timings=False))
    assert found.findings == checked().findings
    assert found.notes[-1] == "growth of volumes is not judged: --no-timings keeps no history"
    assert sorted(tmp_path.rglob("*.parquet")) == files


def test_a_report_without_volumes_is_left_as_it_is(tmp_path):
    before = checked()
    assert with_growth(before, JOB, keeping(tmp_path)) is before
    assert list(tmp_path.iterdir()) == []


def test_another_cluster_another_volume_and_a_claim_that_is_gone_say_nothing(tmp_path):
    filling(tmp_path, server="other")
    filling(tmp_path, claim="gone")
    filling(tmp_path, volume="pvc-before")
    found = with_growth(checked(use(used=90 * GIB)), JOB, keeping(tmp_path))
    assert found.findings == checked().findings


def test_what_is_left_is_what_is_left_now(tmp_path):
    filling(tmp_path)
    emptied = with_growth(checked(use(used=90 * GIB, capacity=1000 * GIB)), JOB, keeping(tmp_path))
    assert emptied.findings == checked().findings


def test_a_suppressed_finding_is_counted_apart(tmp_path):
    filling(tmp_path)
    job = msgspec.structs.replace(JOB, suppressions=(Suppression(code="HP360"),))
    found = with_growth(checked(use(used=90 * GIB)), job, keeping(tmp_path))
    assert [one.code for one in found.suppressed] == ["HP360"]
    assert found.findings == checked().findings
    assert found.summary.healthy == checked().summary.healthy + 1


def test_broken_files_are_named_and_the_rest_is_judged(tmp_path):
    filling(tmp_path)
    path = record(tmp_path, [use("b")], at=NOON - DAY)
    path.write_bytes(b"nonsense")
    found = with_growth(checked(use(used=90 * GIB)), JOB, keeping(tmp_path))
    assert found.findings[0].code == "HP360"
    assert found.notes[-1].startswith(f"of the volumes' history {path} was left out: no Parquet file")


def test_a_folder_that_cannot_be_written_is_a_line_on_stderr(tmp_path, capsys):
    filling(tmp_path)
    blocked = tmp_path / "blocked"
    blocked.write_text("")
    found = with_growth(checked(use(used=90 * GIB)), JOB, keeping(blocked))
    assert found.findings == checked().findings
    assert "the volumes' history was not written" in capsys.readouterr().err
