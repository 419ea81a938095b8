"""YAML that a configuration may be, and YAML that it may not."""

from pathlib import Path

import pytest

from homeperf_ray.config.document import NODES, read
from homeperf_ray.config.error import ConfigurationError

PATH = Path("c.yaml")


def refused(text: str) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        read(text, PATH)
    return caught.value


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "~", "{}"])
def test_nothing_is_an_empty_section(text: str):
    assert not read(text, PATH).fields


def test_every_key_knows_its_line():
    fields = read("a: 1\n\nb:\n  - x\n", PATH).fields
    assert fields["b"].where == "c.yaml:3"
    assert fields["b"].texts() == ("x",)


def test_texts_are_taken_as_they_are_written():
    fields = read("a: 010\nb: 'null'\nc: 2027-01-31\nd: yes", PATH).fields
    assert [field.text() for field in fields.values()] == ["010", "null", "2027-01-31", "yes"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a: 1\nb: 2\na: 3", "c.yaml:3: 'a' stands here twice; first at c.yaml:1"),
        ("a: !!python/object/apply:os.system [true]", "c.yaml:1: tags"),
        ("a: !secret x", "c.yaml:1: tags"),
        ("a: 1\n---\nb: 2", "c.yaml:2: a second document"),
        ("- a", "c.yaml:1: the configuration: must hold keys and values"),
        ("just words", "c.yaml:1: the configuration: must hold keys and values"),
        ("? [a]\n: 1", "c.yaml:1: a key must be a plain word"),
        ("a: &x [*x]", "c.yaml:1: nothing that is complete here is called &x"),
        ("a: 'open", "c.yaml:1: this is not YAML"),
        ("a: b: c", "c.yaml:1: this is not YAML"),
        ("a: \x07", "c.yaml: this is not YAML"),
    ],
)
def test_what_is_refused_is_named_with_its_line(text: str, fault: str):
    assert refused(text).message.startswith(fault)


def test_a_tab_is_called_a_tab():
    error = refused("a:\n\tb: 1")
    assert error.message.startswith("c.yaml:2: ")
    assert "tab" in error.hint


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_many_brackets_end_in_a_sentence(opening: str):
    assert "c.yaml:1: " in refused(opening * 60_000).message


def test_aliases_are_followed_and_cannot_explode():
    assert read("a: &x [1, 2]\nb: *x", PATH).fields["b"].texts() == ("1", "2")
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
    )
    assert f"more than {NODES:,} values" in refused(bomb).message
