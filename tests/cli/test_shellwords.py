"""Words as bash reads them: proven by bash."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeperf_ray.cli.shellwords import words, written


def by_bash(lines: list[str]) -> list[str]:
    """What bash makes of each line, which must be one word."""
    script = "set +H; f() { [ $# = 1 ] || exit 9; printf '%s\\0' \"$1\"; }\n" + "\n".join(f"f {line}" for line in lines)
    done = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode().split("\0")[:-1]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=("C", "Z"), include_characters=" "), min_size=1), min_size=1))
def test_whatever_is_written_is_read_back_as_it_was(texts):
    for quote in ("", "'", '"'):
        lines = [f"{quote}{written(text, quote)}{quote}" for text in texts]
        assert by_bash(lines) == texts
        for line, text in zip(lines, texts, strict=True):
            if quote != '"' or "!" not in text:
                assert words(line)[-1].value == text


@pytest.mark.parametrize(
    ("line", "values", "quote"),
    [
        ("", [""], ""),
        ("a", ["a"], ""),
        ("a ", ["a", ""], ""),
        ("  a\tb", ["a", "b"], ""),
        ("a\\ b c", ["a b", "c"], ""),
        ("'a b' \"c d", ["a b", "c d"], '"'),
        ("'a\\b", ["a\\b"], "'"),
        ('"a\\b\\"c', ['a\\b"c'], '"'),
        ("a'b'\"c\"d", ["abcd"], ""),
        ("a\\", ["a"], ""),
        ("'' x", ["", "x"], ""),
    ],
)
def test_words_of_a_line(line, values, quote):
    found = words(line)
    assert [word.value for word in found] == values
    assert found[-1].quote == quote
