"""``${...}`` as Flux evaluates it: every form, and every way to get it wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeperf_ray.manifests.envsubst import BadSubstitution, Variables, evaluate
from homeperf_ray.manifests.values import Unknown
from tests.manifests.judged import outcome

VALUES = {"V": "abcABC123", "EMPTY": "", "PATH_NAME": "/home/ann/notes.tar.gz", "D": "fallback", "U": "öl"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("${V}", "abcABC123"),
        ("a${V}b${D}c", "aabcABC123bfallbackc"),
        ("$V {V} $ $1", "$V {V} $ $1"),
        ("$$", "$"),
        ("$${V}", "${V}"),
        ("$$${V}", "$abcABC123"),
        ("$${a ${V}", "${a abcABC123"),
        ("${#V}", "9"),
        ("${#U}", "3"),
        ("${X:=d}", "d"),
        ("${X=d}", "d"),
        ("${X:-d}", "d"),
        ("${X:+d}", "d"),
        ("${X:?d}", "d"),
        ("${X:=}", ""),
        ("${V:=d}", "abcABC123"),
        ("${EMPTY:=d}", "d"),
        ("${X:=${D}}", "fallback"),
        ("${X:=a-${D}-b}", "a-fallback-b"),
        ("${X:=${Y:=z}}", "z"),
        ("${V:3}", "ABC123"),
        ("${V:3:3}", "ABC"),
        ("${V:-3}", "abcABC123"),
        ("${V:0:-3}", "abcABC"),
        ("${V:99}", ""),
        ("${V:6:99}", "123"),
        ("${V:x}", "abcABC123"),
        ("${V^}", "AbcABC123"),
        ("${V^^}", "ABCABC123"),
        ("${V,}", "abcABC123"),
        ("${V,,}", "abcabc123"),
        ("${V/b/-}", "a-cABC123"),
        ("${V/b/}", "acABC123"),
        ("${V//[/-}", "abcABC123"),
        ("${PATH_NAME//\\//-}", "-home-ann-notes.tar.gz"),
        ("${V/#abc/x}", "xABC123"),
        ("${V/#ABC/x}", "abcABC123"),
        ("${V/#/x}", "xabcABC123"),
        ("${V/%123/x}", "abcABCx"),
        ("${V/%/x}", "abcABC123x"),
        ("${PATH_NAME#*/}", "home/ann/notes.tar.gz"),
        ("${PATH_NAME##*/}", "notes.tar.gz"),
        ("${PATH_NAME%.*}", "/home/ann/notes.tar"),
        ("${PATH_NAME%%.*}", "/home/ann/notes"),
    ],
)
def test_a_form(text, expected):
    assert evaluate(text, VALUES) == (expected, ())


@pytest.mark.parametrize("text", ["${X}", "${#X}", "${X^^}", "${X:1}", "${X/a/b}", "${X%a}"])
def test_what_has_neither_value_nor_default_is_missing(text):
    assert evaluate(text, VALUES).missing == ("X",)


@pytest.mark.parametrize(
    "text", ["${}", "${", "${V", "${V-d}", "${V?d}", "${V+d}", "${V/a}", "${ V}", "${V:=d", "${.x}"]
)
def test_what_flux_refuses_is_refused(text):
    with pytest.raises(BadSubstitution):
        evaluate(text, VALUES)


def test_what_nobody_knows_stays_unknown():
    values = {"S": Unknown("${S}"), "V": "v"}
    assert isinstance(evaluate("a-${S}", values).text, Unknown)
    assert isinstance(evaluate("${S/./-}", values).text, Unknown)
    assert not isinstance(evaluate("${V}", values).text, Unknown)


def test_where_others_may_exist_nothing_is_missing():
    values = Variables(V="v")
    values.open = True
    found = evaluate("${V}${X}", values)
    assert found.missing == ()
    assert isinstance(found.text, Unknown)
    assert evaluate("${X:=d}", values).text == "d"


@given(st.text(alphabet="${}abV:=-/#%^,\\ *[1"))
def test_any_text_is_evaluated_or_refused(text):
    try:
        found = evaluate(text, VALUES)
    except BadSubstitution:
        return
    if "$" not in text:
        assert found.text == text


@given(st.text(), st.text(alphabet="abc", min_size=1))
def test_a_value_is_put_in_as_it_is(value, around):
    assert evaluate(f"{around}${{V}}{around}", {"V": value}).text == f"{around}{value}{around}"


@given(st.text())
def test_dollars_that_are_doubled_come_out_once(text):
    assert evaluate(text.replace("$", "$$"), {}).text == text


def test_nesting_without_end_is_refused():
    with pytest.raises(BadSubstitution, match="nested"):
        evaluate("${A:=" * 5000, {})


@pytest.mark.parametrize(
    "text",
    ["${A//a/${A//a/${A//a/${A}}}}", "${A}" * 2_000, "${A//a/" + "b" * 3_000 + "}", "${A///" + "b" * 3_000 + "}"],
)
def test_growth_without_end_is_refused(text):
    with pytest.raises(BadSubstitution, match="becomes longer"):
        evaluate(text, {"A": "a" * 3_000})


def test_a_document_that_grows_without_end_is_refused():
    rows = "".join(f"  k{number}: '{'${A}' * 100}'\n" for number in range(100))
    found = outcome(f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata:\n{rows}", values={"A": "a" * 3_000})
    assert {fault.code for fault in found.faults} == {"HP941"}
    assert "grows by more than" in found.faults[0].message
