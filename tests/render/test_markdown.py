"""Markdown on a terminal."""

import click
import pytest

from homeperf_ray.render.markdown import terminal
from homeperf_ray.render.width import cells


def plain(text, width=60):
    return list(terminal(text, width, coloured=False))


def test_a_paragraph_is_filled_whatever_its_lines_were():
    assert plain("one\ntwo\nthree", 20) == ["one two three"]
    assert plain("a word that is broken at spaces", 20) == ["a word that is", "broken at spaces"]


def test_items_hang_under_their_marks():
    assert plain("- one two three four five\n- six", 20) == ["- one two three four", "  five", "- six"]
    assert plain("9. one\n10. two three four five six", 20) == ["9. one", "10. two three four", "    five six"]


def test_an_item_goes_on_over_several_lines_of_its_text():
    assert plain("1. one\n   two\n2. three") == ["1. one two", "2. three"]


def test_paragraphs_and_lists_keep_one_empty_line_between_them():
    assert plain("# Title\n\n\nText.\n \n- item\n") == ["Title", "", "Text.", "", "- item"]


def test_code_is_never_broken_and_may_be_wider_than_the_terminal():
    command = "`kubectl -n NAMESPACE get pods -o wide`: where?"
    assert plain(f"1. first {command}", 24) == ["1. first", "   " + command.split(": ")[0] + ":", "   where?"]


def test_colour_takes_the_place_of_backticks():
    line = next(terminal("see `a b`, then", 60, coloured=True))
    assert line == f"see {click.style('a b', fg='cyan')}, then"


@pytest.mark.parametrize("coloured", [True, False])
@pytest.mark.parametrize("text", ["a ` b", "`", "``", "`a` `", "", "\n\n", "-", "1.", "- "])
def test_nothing_is_lost_of_what_is_hardly_markdown(text, coloured):
    shown = click.unstyle(" ".join(terminal(text, 40, coloured=coloured)))
    assert shown.replace("`", "").split() == text.replace("`", "").split()


@pytest.mark.parametrize("coloured", [True, False])
def test_no_line_of_words_is_wider_than_asked(coloured):
    text = "the 日本語 word and `code` " * 30
    assert max(cells(click.unstyle(line)) for line in terminal(text, 33, coloured=coloured)) <= 33
