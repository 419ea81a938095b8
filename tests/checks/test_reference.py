"""docs/checks.md is written from the code."""

import subprocess
import sys
from pathlib import Path

from homeperf_ray.checks.reference import reference
from homeperf_ray.checks.registry import CODES
from homeperf_ray.checks.thresholds import LIMITS

PAGE = Path(__file__).parents[2] / "docs" / "checks.md"


def test_the_page_is_up_to_date():
    assert PAGE.read_text() == reference(), "python -m homeperf_ray.checks.reference > docs/checks.md"


def test_every_code_and_every_threshold_is_on_the_page():
    page = reference()
    assert all(f"| `{code}` |" in page for code in CODES)
    assert all(f"| `{name}` |" in page for name in LIMITS)


def test_every_table_has_as_many_cells_in_each_row():
    rows = [line for line in reference().splitlines() if line.startswith("|")]
    widths = {line.count(" | ") for line in rows}
    assert widths == {2, 4}


def test_it_is_a_command():
    done = subprocess.run([sys.executable, "-m", "homeperf_ray.checks.reference"], capture_output=True, check=True)
    assert done.stdout.decode() == reference()
