"""Hints stay one command, whatever the objects are called."""

from __future__ import annotations

import shlex

from homeperf_ray.checks.pods import POD_CHECKS
from homeperf_ray.checks.verdict import Verdict


def test_a_namespace_that_looks_like_a_placeholder_does_not_open_its_quotes() -> None:
    code = next(code for code in POD_CHECKS[0].codes if "{namespace}" in code.hint and "{name}" in code.hint)
    verdict = Verdict("pods", "workloads", 1)
    verdict.found(code, "Pod", {"namespace": "{name}", "name": "; touch /tmp/x"}, "sick")
    words = shlex.split(verdict.judgement().findings[0].hint)
    assert "{name}" in words
    assert "; touch /tmp/x" in words
