"""All codes, by the domain to which they belong."""

from __future__ import annotations

from functools import cache

from homeperf_ray.checks.finding import DOMAINS, Code, Scope
from homeperf_ray.checks.registry import CHECKS
from homeperf_ray.checks.unjudged import UNJUDGED_CODES


@cache
def catalogue() -> dict[Scope, tuple[Code, ...]]:
    """The codes of the cluster as a whole, then those of each domain, each once and in ascending order."""
    found: dict[Scope, dict[str, Code]] = {"cluster": {code.id: code for code in UNJUDGED_CODES}}
    found |= {domain: {} for domain in DOMAINS}
    for check in CHECKS:
        found[check.domain] |= {code.id: code for code in check.codes}
    return {domain: tuple(codes[name] for name in sorted(codes)) for domain, codes in found.items()}


def checks_of(code: str) -> tuple[str, ...]:
    """The names of the checks that may give a code; none for one that only the executor gives."""
    return tuple(check.name for check in CHECKS if any(known.id == code for known in check.codes))
