"""Quantities, with and without suffixes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeperf_ray.kube.quantity import go_seconds, quantity


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4", 4),
        ("250m", 0.25),
        ("812345678n", 0.812345678),
        ("100u", 0.0001),
        ("16Gi", 16 * 2**30),
        ("6291456Ki", 6 * 2**30),
        ("1.5Gi", 1.5 * 2**30),
        ("1k", 1_000),
        ("129M", 129_000_000),
        ("1e3", 1_000),
        ("12E-1", 1.2),
        ("2E", 2e18),
        ("1Ei", 2**60),
        (".5", 0.5),
        ("-1", -1),
    ],
)
def test_what_kubernetes_writes(text, value):
    assert quantity(text) == pytest.approx(value)


@pytest.mark.parametrize("text", [None, "", "Gi", "1 Gi", "1Ki5", "1e", "0x10", "nan", "inf", "1K", "\uff11", "9e999"])
def test_what_is_no_quantity(text):
    assert quantity(text) is None


@given(st.text())
def test_any_text_is_a_number_or_nothing(text):
    found = quantity(text)
    assert found is None or isinstance(found, float)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1h", 3_600), ("1h30m", 5_400), ("10m0s", 600), ("1.5s", 1.5), ("250ms", 0.25), ("0s", 0), ("1µs", 1e-6)],
)
def test_durations_as_go_writes_them(text, seconds):
    assert go_seconds(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", [None, "", "1", "h", "1d", "-1h", "1h ", "one hour"])
def test_what_is_no_duration(text):
    assert go_seconds(text) is None
