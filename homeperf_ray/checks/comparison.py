"""homeperf beside popeye, from the explanations: ``python -m homeperf_ray.checks.comparison > docs/popeye.md``."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from homeperf_ray.checks.catalogue import catalogue
from homeperf_ray.checks.explanation import explanations
from homeperf_ray.checks.finding import Code
from homeperf_ray.checks.popeye import popeye, same_fault
from homeperf_ray.checks.reference import table

_HEAD = """\
# homeperf and popeye

Written by `python -m homeperf_ray.checks.comparison` from the explanations; a test holds this page up to date.

[popeye](https://github.com/derailed/popeye) looks at a live cluster, too. It asks above all whether objects are written
well; homeperf asks whether they work, now and soon. So most codes of the one have no counterpart in the other, and
where they tell the same fault, they rarely do so for the same objects at the same moment. This page says where.

Compared was popeye {version}, by reading: its list of codes (`docs/codes.md` and `internal/issues/assets/codes.yaml`)
and the source of its linters (`internal/lint`), which decides where the two differ. Nothing here is measured. popeye's
codes are named by their numbers, `POP-501`, and in our words.

Of {ours} codes of homeperf, {common} tell a fault that popeye tells, too; of {theirs} codes of popeye, {answered} do.
"""

_LACKING = """\
## What homeperf has nothing for

These codes of popeye tell something that no code of homeperf tells. Most of them are advice on how objects should be
written, which homeperf leaves to a linter; some are faults that it could find and does not.
"""


def comparison() -> str:
    """The whole page, as Markdown that ends in a line feed."""
    return "\n".join([_head(), *_sections(), *_lacking()]).rstrip("\n") + "\n"


def answered() -> frozenset[int]:
    """The codes of popeye for which homeperf has one that tells the same fault."""
    return frozenset(number for told in explanations().values() for number in same_fault(told))


def _head() -> str:
    codes = [code for codes in catalogue().values() for code in codes]
    told = explanations()
    return _HEAD.format(
        version=popeye().version,
        ours=len(codes),
        common=sum(bool(code.id in told and same_fault(told[code.id])) for code in codes),
        theirs=len(popeye().codes),
        answered=len(answered()),
    )


def _sections() -> Iterator[str]:
    for domain, codes in catalogue().items():
        yield f"## {domain.title()}\n"
        yield from table(("Code", "Meaning", "popeye", "What each says and misses"), map(_row, codes))


def _row(code: Code) -> tuple[str, ...]:
    told = explanations().get(code.id)
    if told is None:
        return f"`{code.id}`", code.title, "", "not compared yet"
    return f"`{code.id}`", code.title, ", ".join(f"POP-{number}" for number in same_fault(told)) or "none", told.popeye


def _lacking() -> Iterator[str]:
    yield _LACKING
    known = answered()
    rows = (
        (section, f"POP-{number}", title)
        for section, codes in popeye().sections.items()
        for number, title in codes.items()
        if number not in known
    )
    yield from table(("Of", "Code", "What it says"), rows)


if __name__ == "__main__":
    sys.stdout.write(comparison())
