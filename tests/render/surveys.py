"""Surveys to render: a hostile cluster, a healthy one, several contexts, one that has changed."""

from __future__ import annotations

from homeperf_ray.checks.finding import Finding
from homeperf_ray.checks.registry import CODES
from homeperf_ray.executor.outcome import Failure
from homeperf_ray.executor.report import Changes, Report, Summary, Survey
from homeperf_ray.timings.ledger import Ledger

HOSTILE = (
    "x\x1b[2J\x1b]0;owned\x07\u202egnp\u2066\u200b\n[bold red]\x9b31m\t\"q\" 'a' \\ <b>&amp; ]]> </testcase> "
    "{{.}} ${HOME} $(id) `id` #c: - yes | é 漢字 \U0001f469\u200d\U0001f680 \ufeff\ud7ff"
)
"""Everything that has ever moved a cursor, closed a quote or changed the direction of a line."""


def finding(
    code: str = "HP201",
    severity: str = "critical",
    name: str = "Pod/a",
    message: str = "is sick",
    *,
    domain: str = "workloads",
    namespace: str = "media",
    hint: str = "kubectl -n media describe pod a",
    part: str = "",
    detail: tuple[str, ...] = (),
) -> Finding:
    return Finding(code, severity, domain, namespace, name, message, hint, part, detail)


def report(*findings: Finding, **fields) -> Report:
    counts = {
        part: sum(one.severity == kind for one in findings)
        for part, kind in (("critical", "critical"), ("errors", "error"), ("warnings", "warning"))
    }
    known = {
        "run": "r",
        "started": 1_780_000_000.5,
        "duration": 0.25,
        "runner": "local",
        "workers": 1,
        "context": "homelab",
        "server_version": "v1.34.1",
        "domains": ("workloads",),
        "namespaces": None,
        "findings": findings,
        "notes": (),
        "warnings": (),
        "titles": {one.code: CODES[one.code].title for one in findings if one.code in CODES},
        "ledger": Ledger(requested=28, sent=23, deduplicated=8, lists=20, discovery=3, bytes=3_500_000),
        "summary": Summary(total=10 + len(findings), healthy=10, **counts),
    }
    return Report(**{**known, **fields})


def of(*reports: Report) -> Survey:
    return Survey(reports=reports)


SICK = (
    finding("HP102", name="Node/worker-3", domain="nodes", namespace="", message="no word from its kubelet for 42m",
            hint="Is it powered on? ping worker-3"),
    finding("HP202", name="Pod/jellyfin-6d9f-x", message="container jellyfin has no image: ErrImagePull",
            part="jellyfin", detail=("event: Failed (88 times, last 3m ago): Error: ErrImagePull", "log: exit 1")),
    finding("HP221", name="Deployment/jellyfin", message="none of 1 replica is available"),
    finding("HP001", "error", "secrets", "may not be listed; not judged: TLS Secrets", domain="network", namespace=""),
    *(finding("HP213", "warning", f"Pod/api-{number}", "5 restarts in 13h", namespace="lab") for number in range(9)),
)  # fmt: skip

HEALTHY = of(report(notes=("Ceph is not installed",)))
BROKEN = of(report(*SICK, notes=("Ceph is not installed",), suppressed=(finding("HP304", "warning"),)))
EVIL = of(
    report(
        finding(name=f"Pod/{HOSTILE}", namespace=HOSTILE, message=HOSTILE, hint=HOSTILE, part=HOSTILE,
                detail=(HOSTILE,)),
        finding("HP312", "warning", "no: true", "1e3", namespace="0o7", domain="storage", hint="~"),
        notes=(HOSTILE,), warnings=(HOSTILE,), context=HOSTILE, server_version=HOSTILE,
        suppressed=(finding(message=HOSTILE),),
    )
)  # fmt: skip
SEVERAL = of(
    report(SICK[0], context="north"),
    report(context="south"),
    report(
        finding("HP002", "error", "Context/west", "no route to host", domain="cluster", namespace=""),
        context="west",
        failure=Failure("unreachable", "no route to host", "Is it powered on?"),
        summary=Summary(total=1, errors=1),
    ),
)
CHANGED = of(
    report(
        *SICK[:3],
        changes=Changes(
            since=1_779_990_000.0,
            new=(SICK[0].key,),
            fixed=(finding("HP301", name="PersistentVolumeClaim/data", message="has waited 3d", domain="storage"),),
            unknown=(finding("HP501", "warning", "GitRepository/home", "not ready", domain="flux"),),
        ),
    )
)
SURVEYS = {"healthy": HEALTHY, "broken": BROKEN, "evil": EVIL, "several": SEVERAL, "changed": CHANGED}
