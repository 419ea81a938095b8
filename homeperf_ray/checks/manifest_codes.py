"""The codes of manifests as codes of findings, so that they are listed and explained with the others."""

from __future__ import annotations

from homeperf_ray.checks.finding import Code
from homeperf_ray.manifests.codes import RULES

MANIFEST_CODES = tuple(Code(rule.id, rule.title, rule.severity, rule.hint) for rule in RULES.values())
