"""Counts in the text format of Prometheus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def text(report: Mapping[str, Any], levels: Mapping[str, Mapping[str, Any]]) -> str:
    """What ``Counts.report`` says, and each priority level where there are any."""
    return "".join(f"{line}\n" for line in (*_requests(report), *_rates(report["highest"]), *_fairness(levels)))


def _requests(report: Mapping[str, Any]) -> Iterator[str]:
    rows = report["requests"]
    yield from _head("homelab_requests_total", "counter", "Requests received.")
    for row in rows:
        yield f"homelab_requests_total{_labels(_of(row))} {row['count']}"
    yield from _head(
        "homelab_responses_total", "counter", "Requests that have ended, by status; 0 got no whole answer."
    )
    for row in rows:
        for code, count in row["statuses"].items():
            yield f"homelab_responses_total{_labels({**_of(row), 'code': code})} {count}"
    yield from _head("homelab_response_bytes_total", "counter", "Bytes of bodies sent.")
    for row in rows:
        yield f"homelab_response_bytes_total{_labels(_of(row))} {row['bytes']}"
    yield from _head("homelab_connections_total", "counter", "Connections accepted.")
    yield f"homelab_connections_total {report['connections']}"
    yield from _head("homelab_requests_in_flight", "gauge", "Requests that have no answer yet, watches included.")
    yield f"homelab_requests_in_flight {report['in_flight']}"
    yield from _head("homelab_requests_in_flight_max", "gauge", "The most at any time.")
    yield f"homelab_requests_in_flight_max {report['max_in_flight']}"


def _rates(highest: Mapping[str, Any]) -> Iterator[str]:
    name = "homelab_requests_window_max"
    yield from _head(name, "gauge", "The most requests in any window of so many seconds.")
    for window, count in highest["all"].items():
        yield f"{name}{_labels({'window': window})} {count}"
    for label in ("user", "verb", "resource"):
        yield from _head(f"{name}_by_{label}", "gauge", f"The same by {label}.")
        for value, peaks in highest[f"by_{label}"].items():
            for window, count in peaks.items():
                yield f"{name}_by_{label}{_labels({label: value, 'window': window})} {count}"


def _fairness(levels: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    kinds = {
        "in_use": "gauge",
        "executing": "gauge",
        "waiting": "gauge",
        "dispatched": "counter",
        "rejected": "counter",
    }
    for field, kind in kinds.items() if levels else ():
        name = f"homelab_priority_level_{field}" + ("_total" if kind == "counter" else "")
        yield from _head(name, kind, f"Requests or seats {field.replace('_', ' ')}.")
        for level, told in levels.items():
            yield f"{name}{_labels({'priority_level': level})} {told[field]}"


def _of(row: Mapping[str, Any]) -> dict[str, str]:
    return {name: row[name] for name in ("user", "verb", "resource", "namespace", "path")}


def _head(name: str, kind: str, help_: str) -> Iterator[str]:
    yield f"# HELP {name} {help_}"
    yield f"# TYPE {name} {kind}"


def _labels(labels: Mapping[str, str]) -> str:
    shown = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{shown}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
