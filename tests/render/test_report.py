"""What a report looks like, with a cluster that names things to hurt."""

from __future__ import annotations

import json

import click
import pytest

from homeperf_ray.checks.finding import Finding
from homeperf_ray.executor.report import Report, Summary
from homeperf_ray.render.json import report_json
from homeperf_ray.render.table import report_lines
from homeperf_ray.timings.ledger import Ledger

HOSTILE = "x\x1b[2J\x1b]0;owned\x07\u202egnp\n[bold red]\x9b31m"


def finding(severity: str, name: str = "Pod/a", message: str = "is sick") -> Finding:
    return Finding("HP201", severity, "workloads", "media", name, message, "kubectl -n media describe pod a")


def report(*findings: Finding, **fields) -> Report:
    counts = {part: sum(f.severity == kind for f in findings) for part, kind in
              (("critical", "critical"), ("errors", "error"), ("warnings", "warning"))}  # fmt: skip
    known = {
        "run": "r", "started": 1_780_000_000.5, "duration": 0.25, "runner": "local", "workers": 1, "context": "homelab",
        "server_version": "v1.34.1", "domains": ("workloads",), "namespaces": None, "findings": findings, "notes": (),
        "warnings": (), "ledger": Ledger(requested=28, sent=23, deduplicated=8, lists=20, discovery=3, bytes=3_500_000),
        "summary": Summary(total=10 + len(findings), healthy=10, **counts),
    }  # fmt: skip
    return Report(**{**known, **fields})


def text(of: Report) -> str:
    return click.unstyle("\n".join(report_lines(of, width=100)))


def test_the_worst_comes_first_and_each_finding_says_what_to_do():
    shown = text(report(finding("critical"), finding("error", "pods"), finding("warning", "Pod/b")))
    assert shown.startswith("homelab (v1.34.1): critical: 1 critical, 1 not judged, 1 warning, 10 of 13 healthy\n")
    assert shown.index("CRITICAL (1)") < shown.index("NOT JUDGED (1)") < shown.index("WARNING (1)")
    assert shown.count("kubectl -n media describe pod a") == 3
    assert "28 requests asked for, 23 sent, 8 saved; 4 MB in 0.25 s by local (this process)" in shown


def test_a_healthy_cluster_is_one_line_and_what_it_cost():
    assert text(report()).splitlines() == [
        "homelab (v1.34.1): healthy: 10 of 10 healthy",
        "",
        "28 requests asked for, 23 sent, 8 saved; 4 MB in 0.25 s by local (this process)",
    ]


@pytest.mark.parametrize("part", ["name", "message"])
def test_nothing_from_the_cluster_reaches_the_terminal_as_it_is(part: str):
    sick = finding("critical", **{part: f"Pod/{HOSTILE}"})
    lines = list(report_lines(report(sick, notes=(HOSTILE,), context=HOSTILE, server_version=HOSTILE), width=100))
    plain = click.unstyle("\n".join(lines))
    assert not {"\x1b", "\x07", "\u202e", "\x9b"} & set(plain)
    assert len(plain.splitlines()) == len(lines)
    assert "\\x1b[2J" in plain
    assert "[bold red]" in plain


def test_json_is_ascii_and_has_the_documented_keys():
    shown = report_json(report(finding("critical", message=HOSTILE)))
    assert shown.isascii()
    assert "\x1b" not in shown
    found = json.loads(shown)
    assert list(found)[:5] == ["status", "timestamp", "summary", "issues", "details"]
    assert found["timestamp"] == "2026-05-28T20:26:40Z"
    assert found["issues"] == [f"media/Pod/a: {HOSTILE}"]
    assert set(found["summary"]) == {"total", "healthy", "warnings", "critical", "errors"}
    assert {"requested", "sent", "deduplicated", "cache_hits", "bytes", "retries", "throttled", "wait_seconds"} <= set(
        found["ledger"]
    )
    assert set(found["details"][0]) == {"code", "severity", "domain", "namespace", "object", "message", "hint"}
