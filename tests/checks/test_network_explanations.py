"""What the codes of the network mean, at length."""

import pytest

from homeperf_ray.checks.explanation import explanations
from homeperf_ray.checks.registry import CODES

NETWORK = [code for code in CODES if code.startswith("HP4")]


@pytest.mark.parametrize("code", NETWORK)
def test_every_code_is_explained_and_compared(code):
    told = explanations()[code]
    assert "Likely causes:\n\n- " in told.text
    assert "To do:\n\n1. " in told.text
    assert told.popeye.startswith(("POP-", "none"))
    assert told.popeye.endswith(".")


def test_no_code_is_explained_that_nobody_gives():
    assert {code for code in explanations() if code.startswith("HP4")} == set(NETWORK)
