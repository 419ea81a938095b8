import pytest

from homeperf_ray.render.escape import safe


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[2J", "\\x1b[2J"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("\x9b31m", "\\x9b31m"),
        ("\u202egpj.exe", "\\u202egpj.exe"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("\U000e0041", "\\U000e0041"),
        ("\x00\x7f", "\\x00\\x7f"),
    ],
)
def test_control_and_invisible_characters_are_written_out(hostile: str, shown: str):
    assert safe(hostile) == shown


def test_ordinary_text_is_left_alone():
    assert safe("Pod/grüße-[bold]x[/bold] 100 %") == "Pod/grüße-[bold]x[/bold] 100 %"


def test_a_limit_cuts_with_an_ellipsis():
    assert safe("abcdef", limit=4) == "abc…"
    assert safe("abcd", limit=4) == "abcd"
