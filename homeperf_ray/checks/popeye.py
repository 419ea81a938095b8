"""The codes of popeye, by name, as homeperf is compared with them."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import msgspec

from homeperf_ray.checks.explanation import Explanation

_FILE = Path(__file__).with_name("explanations") / "popeye.json"
_NAMED = re.compile(r"\bPOP-([0-9]+)\b")
_OUR_SHARE = "homeperf misses"


class Popeye(msgspec.Struct, frozen=True):
    """One version of popeye: what each of its codes says, by section and number."""

    version: str
    sections: dict[str, dict[int, str]]

    @property
    def codes(self) -> dict[int, str]:
        """All codes of all sections."""
        return {number: title for codes in self.sections.values() for number, title in codes.items()}


@cache
def popeye() -> Popeye:
    """The version that the explanations speak of."""
    return msgspec.json.decode(_FILE.read_bytes(), type=Popeye)


def named(explanation: Explanation) -> tuple[int, ...]:
    """Every code of popeye that an explanation names, in ascending order."""
    return _numbers(explanation.popeye)


def same_fault(explanation: Explanation) -> tuple[int, ...]:
    """The codes of popeye that tell the same fault, in ascending order.

    Those are the ones named before it is said what homeperf misses; none where the comparison begins with "none".
    """
    if explanation.popeye.startswith("none"):
        return ()
    return _numbers(explanation.popeye.partition(_OUR_SHARE)[0])


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(sorted({int(number) for number in _NAMED.findall(text)}))
