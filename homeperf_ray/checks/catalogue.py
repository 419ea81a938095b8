"""All codes, by the domain to which they belong."""

from __future__ import annotations

from functools import cache

from homeperf_ray.checks.finding import DOMAINS, Code, Scope
from homeperf_ray.checks.growth_codes import GROWTH_CODES, NAME
from homeperf_ray.checks.manifest_codes import MANIFEST_CODES
from homeperf_ray.checks.registry import CHECKS
from homeperf_ray.checks.unjudged import UNJUDGED_CODES


@cache
def catalogue() -> dict[Scope, tuple[Code, ...]]:
    """The codes of the cluster as a whole, those of each domain, then of manifests: each once, in ascending order."""
    found: dict[Scope, dict[str, Code]] = {"cluster": {code.id: code for code in UNJUDGED_CODES}}
    found |= {domain: {} for domain in DOMAINS}
    for check in CHECKS:
        found[check.domain] |= {code.id: code for code in check.codes}
    found["storage"] |= {code.id: code for code in GROWTH_CODES}
    found["manifests"] = {code.id: code for code in MANIFEST_CODES}
    return {domain: tuple(codes[name] for name in sorted(codes)) for domain, codes in found.items()}


def checks_of(code: str) -> tuple[str, ...]:
    """The names of the checks that may give a code; none for one that only the executor gives."""
    if code in {known.id for known in GROWTH_CODES}:
        return (NAME,)
    return tuple(check.name for check in CHECKS if any(known.id == code for known in check.codes))
