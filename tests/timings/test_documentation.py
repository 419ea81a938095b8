"""docs/timings.md says what the code writes, and its examples run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from homeperf_ray.timings.dataset import encode, store
from homeperf_ray.timings.operation import Operation
from homeperf_ray.timings.schema import SCHEMA

PAGE = Path(__file__).parents[2] / "docs" / "timings.md"


def test_every_column_is_documented_with_its_type():
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", PAGE.read_text(), re.MULTILINE)
    assert [(name, kind.strip()) for name, kind in rows] == [(field.name, str(field.type)) for field in SCHEMA]


def examples() -> list[tuple[str, str]]:
    return re.findall(r"^### (\w+)\n+```python\n(.*?)```", PAGE.read_text(), re.MULTILINE | re.DOTALL)


def test_there_is_an_example_for_each_tool():
    assert [tool for tool, _ in examples()] == ["pyarrow", "polars", "DuckDB", "pandas"]


@pytest.mark.parametrize(("tool", "code"), examples())
def test_the_example_runs_and_sees_every_row(
    tool: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    folder = tmp_path / ".local/state/homeperf/timings"
    for run, day in (("a", 1_780_000_000.0), ("b", 1_780_100_000.0)):
        rows = [Operation(kind="list", started=day + n, run=run, resource="pods", total=0.25) for n in range(10)]
        store(folder, encode(rows), run=run, started=day)
    monkeypatch.setenv("HOME", str(tmp_path))
    exec(compile(code, f"{PAGE}:{tool}", "exec"), {})
    shown = capsys.readouterr().out
    assert "pods" in shown
    assert "20" in shown
