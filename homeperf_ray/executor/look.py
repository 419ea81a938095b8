"""A closer look at what turned out sick: which objects deserve one, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from homeperf_ray.checks.finding import Aid, Code, Finding
from homeperf_ray.checks.verdict import ago
from homeperf_ray.executor.outcome import Failure
from homeperf_ray.kube.evidence import Event
from homeperf_ray.kube.redaction import redacted, redacted_log
from homeperf_ray.timings.operation import Operation

MAX_EVENTS = 2
"""Events that are shown of one object."""

MAX_CHARACTERS = 300
"""How much of an event or of a log line is kept."""


class Look(msgspec.Struct, frozen=True):
    """One object to be looked at; ``container`` is whose log is read, empty for the only one."""

    kind: str
    namespace: str
    name: str
    container: str = ""
    aid: tuple[Aid, ...] = ()


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """What a look has brought: events (newest first), log lines, and what could not be read."""

    look: Look
    events: tuple[Event, ...] = ()
    log: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()
    operations: tuple[Operation, ...] = ()

    def lines(self, now: datetime) -> tuple[str, ...]:
        """The evidence as lines to be shown, each with its source, and with secrets masked."""
        shown = [f"event: {redacted(_event(event, now))}" for event in self.events[:MAX_EVENTS]]
        shown += [f"log: {line}" for line in redacted_log(self.log)]
        return tuple(line[:MAX_CHARACTERS] for line in shown)


def looks_at(findings: Iterable[Finding], codes: Mapping[str, Code], limit: int) -> tuple[Look, ...]:
    """At most ``limit`` objects, worst first; a second one with the same code and namespace only after all firsts.

    ``findings`` come worst first.
    """
    firsts: dict[tuple[str, str], Look] = {}
    others: list[Look] = []
    for finding in findings:
        aid = codes[finding.code].aid if finding.code in codes else ()
        if not aid:
            continue
        look = _look(finding, aid)
        kind = (finding.code, finding.namespace)
        if kind not in firsts:
            firsts[kind] = look
        else:
            others.append(look)
    return tuple(dict.fromkeys([*firsts.values(), *others]))[:limit]


def with_detail(findings: Sequence[Finding], looked: Iterable[Looked], now: datetime) -> list[Finding]:
    """The findings with the lines that a look at their object has brought, told once an object."""
    lines = {one.look: one.lines(now) for one in looked}
    return [_with_lines(finding, lines) for finding in findings]


def _with_lines(finding: Finding, lines: dict[Look, tuple[str, ...]]) -> Finding:
    mine = next((look for look in lines if _look(finding, look.aid) == look), None)
    found = lines.pop(mine) if mine else ()
    return msgspec.structs.replace(finding, detail=found) if found else finding


def _look(finding: Finding, aid: tuple[Aid, ...]) -> Look:
    kind, _, name = finding.object.partition("/")
    return Look(kind, finding.namespace, name, finding.part if "logs" in aid else "", aid)


def _event(event: Event, now: datetime) -> str:
    times = f"{event.count} times, last " if event.count > 1 else ""
    when = f" ({times}{ago(max((now - event.last).total_seconds(), 0.0))} ago)" if event.last else ""
    return f"{event.reason}{when}: {' '.join(event.message.split())}"
