"""docs/trends.md says what the code writes, and its example runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from homeperf_ray.checks.growth_codes import GROWTH_CODES
from homeperf_ray.timings.volume_schema import SCHEMA
from tests.timings.volumes import DAY, NOON, record, use

PAGE = Path(__file__).parents[2] / "docs" / "trends.md"


def test_every_column_is_documented_with_its_type():
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", PAGE.read_text(), re.MULTILINE)
    told = [(name, kind.strip()) for name, kind in rows]
    assert told == [(field.name, str(field.type)) for field in SCHEMA]


def test_every_code_is_on_the_page():
    assert all(code.id in PAGE.read_text() for code in GROWTH_CODES)


def test_the_example_runs_and_sees_every_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    for days in range(3):
        record(tmp_path / ".local/state/homeperf/timings", [use("photos")], at=NOON - days * DAY)
    monkeypatch.setenv("HOME", str(tmp_path))
    [code] = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    exec(compile(code, str(PAGE), "exec"), {})
    shown = capsys.readouterr().out
    assert "'photos'" in shown
    assert "'run_count': 3" in shown
