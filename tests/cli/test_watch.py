import io
import os

import pytest

from homeperf_ray.cli import watch as watching
from homeperf_ray.cli.watch import Screen, watch


@pytest.fixture
def size(monkeypatch):
    now = [os.terminal_size((40, 5))]
    monkeypatch.setattr(watching.shutil, "get_terminal_size", lambda fallback: now[0])
    return now


def drawn(out: io.StringIO) -> str:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text


def test_only_lines_that_changed_are_drawn_again(size):
    out = io.StringIO()
    screen = Screen(out)
    screen.show(["a", "b", "c"])
    drawn(out)
    screen.show(["a", "B", "c"])
    assert drawn(out) == "\x1b[2;1HB\x1b[0m\x1b[K"
    screen.show(["a"])
    assert drawn(out) == "\x1b[2;1H\x1b[J"
    screen.show(["a"])
    assert drawn(out) == ""


def test_what_does_not_fit_is_counted(size):
    out = io.StringIO()
    Screen(out).show([str(number) for number in range(9)])
    text = drawn(out)
    assert "\x1b[4;1H3" in text
    assert "… 5 more lines" in text


def test_a_line_that_is_too_wide_ends_in_an_ellipsis_with_its_colours_whole(size):
    out = io.StringIO()
    Screen(out).show(["\x1b[31m" + "x" * 39 + "\x1b[0myz", "漢" * 21, "\x1b[1m" + "w" * 40 + "\x1b[0m"])
    text = drawn(out)
    assert "\x1b[31m" + "x" * 39 + "\x1b[0m…" in text
    assert "漢" * 19 + "…" in text
    assert "漢" * 20 not in text
    assert "\x1b[1m" + "w" * 40 + "\x1b[0m" in text


def test_another_size_draws_everything_again(size):
    out = io.StringIO()
    screen = Screen(out)
    screen.show(["a"])
    drawn(out)
    size[0] = os.terminal_size((50, 6))
    screen.show(["a"])
    assert "\x1b[2J" in drawn(out)


def test_the_terminal_is_given_back_whatever_happens(size):
    out = io.StringIO()
    with pytest.raises(RuntimeError), Screen(out):
        raise RuntimeError
    assert out.getvalue().endswith("\x1b[?7h\x1b[?25h\x1b[?1049l")


@pytest.mark.parametrize(("machine", "expected"), [(False, "first\nthird\n"), (True, "first\nsecond\nthird\n")])
def test_without_a_terminal_people_see_changes_and_machines_see_everything(capsys, monkeypatch, machine, expected):
    rounds = iter([(["first"], True), (["second"], False), (["third"], True)])
    monkeypatch.setattr(watching.time, "sleep", lambda seconds: None)

    def one_round():
        try:
            return next(rounds)
        except StopIteration:
            raise KeyboardInterrupt from None

    watch(one_round, 1.0, machine=machine)
    assert capsys.readouterr().out == expected


def test_a_dumb_terminal_is_printed_on(monkeypatch):
    out = io.StringIO()
    out.isatty = lambda: True
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr(watching.sys, "stdout", out)
    rounds = iter([(["a"], True)])

    def one_round():
        try:
            return next(rounds)
        except StopIteration:
            raise KeyboardInterrupt from None

    monkeypatch.setattr(watching.time, "sleep", lambda _: None)
    watch(one_round, 1.0, machine=False)
    assert out.getvalue() == "a\n"
