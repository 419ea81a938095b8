"""Options that mean the same in every command, and the types of their values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")


class Duration(click.ParamType[float]):
    """Seconds, written as kubectl writes them: ``30s``, ``5m``, ``1h30m``, ``500ms``; a bare number is seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, int | float):
            return float(value)
        text = str(value)
        if re.fullmatch(r"\d+(\.\d+)?", text):
            return float(text)
        parts = _PART.findall(text)
        if not parts or "".join(number + unit for number, unit in parts) != text:
            self.fail(f"{text!r} is not a duration; write 30s, 5m, 1h30m or 500ms", param, ctx)
        return sum(float(number) * _UNITS[unit] for number, unit in parts)


class Names(click.ParamType[tuple[str, ...]]):
    """A comma list of names."""

    name = "names"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        names = tuple(name.strip() for name in str(value).split(","))
        for name in names:
            if not re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", name):
                self.fail(f"{name!r} cannot be the name of a namespace: lower case letters, digits and -", param, ctx)
        return names


def stack(*decorators: Callable[[F], F]) -> Callable[[F], F]:
    """One decorator from several, shown in ``--help`` in the order given."""

    def apply(function: F) -> F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return apply


cluster_options = stack(
    click.option("--kubeconfig", metavar="FILE", envvar="HOMEPERF_KUBECONFIG", help="Kubeconfig file to use."),
    click.option("--context", metavar="NAME", envvar="HOMEPERF_CONTEXT", help="Context in the kubeconfig."),
    click.option("-n", "--namespace", "namespaces", type=Names(), multiple=True, help="Only these (a comma list)."),
    click.option("-A", "--all-namespaces", is_flag=True, help="All namespaces, the default."),
)

budget_options = stack(
    click.option(
        "--concurrency",
        type=click.IntRange(1, 64),
        default=10,
        show_default=True,
        envvar="HOMEPERF_CONCURRENCY",
        help="LISTs in flight at once.",
    ),
    click.option(
        "--qps",
        type=click.FloatRange(0, min_open=True),
        default=50.0,
        show_default=True,
        envvar="HOMEPERF_QPS",
        help="Requests a second that the API server may see.",
    ),
    click.option(
        "--burst",
        type=click.IntRange(1),
        default=100,
        show_default=True,
        envvar="HOMEPERF_BURST",
        help="Requests that may come at once.",
    ),
    click.option(
        "--timeout",
        type=Duration(),
        default="30s",
        show_default=True,
        envvar="HOMEPERF_TIMEOUT",
        help="Time for the whole run.",
    ),
)

timings_options = stack(
    click.option(
        "--timings",
        type=click.Path(file_okay=False, path_type=Path),
        envvar="HOMEPERF_TIMINGS",
        help="Folder of the Parquet dataset.  [default: homeperf/timings in the XDG state directory]",
    ),
    click.option("--no-timings", is_flag=True, help="Write no timings."),
    click.option(
        "--timings-keep",
        type=click.IntRange(1),
        default=90,
        show_default=True,
        envvar="HOMEPERF_TIMINGS_KEEP",
        help="Days that the dataset keeps.",
    ),
)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A sentence that offers the nearest known name, with a space before it, or nothing."""
    import difflib

    near = difflib.get_close_matches(name, list(known), n=1)
    return f" Did you mean {near[0]!r}?" if near else ""
