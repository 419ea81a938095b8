"""docs/popeye.md is written from the explanations."""

import subprocess
import sys
from pathlib import Path

import pytest

from homeperf_ray.checks.comparison import answered, comparison
from homeperf_ray.checks.explanation import Explanation, explanations
from homeperf_ray.checks.popeye import named, popeye, same_fault
from homeperf_ray.checks.registry import CODES

PAGE = Path(__file__).parents[2] / "docs" / "popeye.md"


def rows(page):
    return [line for line in page.splitlines() if line.startswith("|")]


def test_the_page_is_up_to_date():
    assert PAGE.read_text() == comparison(), "python -m homeperf_ray.checks.comparison > docs/popeye.md"


def test_it_is_a_command():
    done = subprocess.run([sys.executable, "-m", "homeperf_ray.checks.comparison"], capture_output=True, check=True)
    assert done.stdout.decode() == comparison()


@pytest.mark.parametrize("code", explanations())
def test_every_code_of_popeye_that_is_named_exists(code):
    assert set(named(explanations()[code])) <= set(popeye().codes)


def test_every_code_of_homeperf_is_compared_once():
    assert all(comparison().count(f"\n| `{code}` |") == 1 for code in CODES)


def test_every_code_of_popeye_is_either_answered_or_lacking():
    lacking = {row.split(" | ")[1] for row in rows(comparison().partition("## What homeperf has nothing for")[2])}
    assert lacking - {"Code", "---"} == {f"POP-{number}" for number in set(popeye().codes) - answered()}
    assert 501 in answered()
    assert 1500 not in answered()


def test_sections_do_not_share_codes():
    listed = [number for codes in popeye().sections.values() for number in codes]
    assert len(listed) == len(set(listed))
    assert {100, 1704} <= set(listed)


def test_tables_are_whole():
    assert {row.count(" | ") for row in rows(comparison())} == {2, 3}


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("POP-2 and POP-1 say so; homeperf misses what POP-3 says.", (1, 2)),
        ("POP-12 says the same.", (12,)),
        ("none: POP-1 asks something else.", ()),
        ("none for the kill: POP-1 counts restarts.", ()),
    ],
)
def test_the_same_fault_is_what_is_named_before_our_own_gaps(text, same):
    assert same_fault(Explanation("HP000", "", text)) == same
