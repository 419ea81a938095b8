"""Hints stay one command whatever the objects are called, and messages give no credential away."""

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


def test_a_message_hides_the_credentials_of_a_url() -> None:
    verdict = Verdict("flux", "flux", 1)
    said = "failed to clone https://me:hunter2@git.example.org/a.git; the secret: not found"
    verdict.found(POD_CHECKS[0].codes[0], "GitRepository", {"namespace": "a", "name": "b"}, said)
    message = verdict.judgement().findings[0].message
    assert "hunter2" not in message
    assert message.endswith("git.example.org/a.git; the secret: not found")
