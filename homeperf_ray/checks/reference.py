"""The reference of all checks, written from the code: ``python -m homeperf_ray.checks.reference > docs/checks.md``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import DOMAINS, Code, Judgement
from homeperf_ray.checks.growth_codes import GROWTH_CODES, NAME
from homeperf_ray.checks.manifest_codes import MANIFEST_CODES
from homeperf_ray.checks.registry import CHECKS
from homeperf_ray.checks.thresholds import Limits, described
from homeperf_ray.checks.unjudged import UNJUDGED_CODES
from homeperf_ray.checks.volume_growth import judge_growth

_HEAD = """\
# The checks

Written by `python -m homeperf_ray.checks.reference` from the code; a test holds this page up to date.

Every finding has a stable code. `critical` means that something does not work now, `warning` that something is
about to break or needs a decision, `error` that something could not be judged. An object counts once a check, by its
worst finding. A resource that the cluster does not serve is a note and not a finding.
"""


def reference() -> str:
    """The whole page, as Markdown that ends in a line feed."""
    return "\n".join([_HEAD, *_sections(), *_thresholds(), ""])


def _sections() -> Iterator[str]:
    for domain in DOMAINS:
        yield f"## {domain.title()}\n"
        chosen = [check for check in CHECKS if check.domain == domain]
        said = [_check(check) for check in chosen]
        codes = {code.id: code for check in chosen for code in check.codes}
        if domain == "storage":
            said.append((f"`{NAME}`", "the volumes' history (`check --kubelet`)", _says(judge_growth)))
            codes |= {code.id: code for code in GROWTH_CODES}
        yield from table(("Check", "Reads", "Says"), said)
        yield from table(
            ("Code", "Meaning", "Severity", "Thresholds", "Next"), map(_code, (codes[name] for name in sorted(codes)))
        )
    yield "## Manifests\n"
    yield "Given by `homeperf validate`.\n"
    yield from table(("Code", "Meaning", "Severity", "Thresholds", "Next"), map(_code, MANIFEST_CODES))
    yield "## What could not be judged\n"
    yield from table(("Code", "Meaning", "Severity", "Thresholds", "Next"), map(_code, UNJUDGED_CODES))


def _check(check: Check) -> tuple[str, ...]:
    reads = (
        "the toolbox, with `--exec`"
        if check.source == "exec"
        else ", ".join([*map(str, check.needs), *(f"{resource} (if served)" for resource in check.optional)])
    )
    scope = " Judged only without `-n`." if check.whole_cluster else ""
    return f"`{check.name}`", reads, _says(check.evaluate) + scope


def _says(judge: Callable[..., Judgement]) -> str:
    return " ".join((judge.__doc__ or "").split())


def _code(code: Code) -> tuple[str, ...]:
    thresholds = ", ".join(f"`{name}`" for name in code.thresholds)
    return f"`{code.id}`", code.title, code.severity, thresholds, f"`{code.hint}`"


def _thresholds() -> Iterator[str]:
    yield "## Thresholds\n"
    defaults = Limits()
    yield from table(
        ("Threshold", "Default", "What it limits"),
        (
            (f"`{name}`", f"{getattr(defaults, name):g} {about['unit']}".strip(), about["description"])
            for name, about in described().items()
        ),
    )


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """A table of Markdown and the empty line after it."""
    yield _line(head)
    yield _line(("---",) * len(head))
    yield from (_line(tuple(cell.replace("|", "\\|") for cell in row)) for row in rows)
    yield ""


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.stdout.write(reference())
