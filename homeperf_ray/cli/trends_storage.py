"""``homeperf trends storage``: the volumes' history, read, told and shown."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable, Sequence

import click
import msgspec

from homeperf_ray.checks.finding import Severity
from homeperf_ray.checks.growth import DAY, LEAST_SPAN
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.checks.volume_growth import MEMORY, WEEK, WINDOW, Trend, one_file_system, severity, trend_of
from homeperf_ray.cli.color import color
from homeperf_ray.cli.growing import left_out_notes
from homeperf_ray.cli.timings import timings_folder
from homeperf_ray.config.settings import Settings
from homeperf_ray.render.escape import safe
from homeperf_ray.render.trends import storage as view
from homeperf_ray.timings.volume_history import FOLDER, History, past

MORE = "`homeperf check storage --kubelet` adds to it: let cron or a timer run that every hour."

NAMED = 8
"""Names that an error lists."""


def show(said: Settings, *, days: int, shape: str) -> int:
    """Print the trends of what was asked for; the exit code is 3 where there is nothing of it."""
    folder, now = timings_folder(said), time.time()
    if said["timings"] and not folder.is_dir():
        return _missing(f"there is no folder {folder}", "Name that of your checks with --timings.")
    found = past(folder, since=now - max(days, MEMORY) * DAY, until=now + 1)
    for note in left_out_notes(found.left_out):
        click.echo(f"homeperf: warning: {safe(note)}", err=True)
    recent = [one for one in _as_called_last(found.histories.values()) if one.times[-1] >= now - days * DAY]
    chosen = list(_chosen(recent, said["context"], said["namespace"]))
    if recent and not chosen:
        return _nothing_of(recent, said["context"], said["namespace"])
    told = [trend_of(history, window=days) for history in chosen]
    lines = sorted((_line(group, said.thresholds, days, now) for group in one_file_system(told)), key=view.worst_first)
    if shape == "json":
        left_out = [(str(one.path), one.reason) for one in found.left_out]
        click.echo(view.as_json(lines, days=days, now=now, left_out=left_out))
    else:
        width = shutil.get_terminal_size((120, 24)).columns
        for line in view.lines(lines, days=days, now=now, width=width):
            click.echo(line, color=color(said["color"], os.environ))
    _tell_how_much(told, folder / FOLDER, days)
    return 0 if told or not (said["context"] or said["namespace"]) else 3


def _line(group: Sequence[Trend], thresholds: Thresholds, days: int, now: float) -> view.Line:
    """What is severe is so for a check, which sees the claim and looks at as many days as it does.

    Of several claims on one file system that one counts whose limits find it worst.
    """
    first, *others = group
    unseen = now - max(one.history.latest.taken for one in group)
    seen = [one for one in group if now - one.history.latest.taken <= view.STALE]
    judged = (one if days == WINDOW else trend_of(one.history) for one in seen)
    found: list[Severity] = [how for one in judged if (how := severity(one, thresholds))]
    worst: Severity | None = "critical" if "critical" in found else found[0] if found else None
    return view.Line(trend=first, unseen=unseen, severity=worst, others=tuple(others))


def _as_called_last(histories: Iterable[History]) -> list[History]:
    """The histories in a fixed order, under the name that each cluster was read under last.

    A claim that is gone has an older one.
    """
    known = sorted(histories, key=lambda one: one.identity)
    names = {one.server: one.context for one in sorted(known, key=lambda one: one.latest.taken)}
    return [msgspec.structs.replace(one, context=names[one.server]) for one in known]


def _chosen(histories: Iterable[History], contexts: Sequence[str], namespaces: Sequence[str]) -> Iterable[History]:
    for history in histories:
        if (not contexts or history.context in contexts) and (not namespaces or history.latest.namespace in namespaces):
            yield history


def _tell_how_much(told: Sequence[Trend], folder: object, days: int) -> None:
    """Say how much history there is where it is too little, and how to get more."""
    if not told:
        click.echo(f"homeperf: there is no history of volumes in {folder} of the last {days} days. {MORE}", err=True)
        return
    longest = max(trend.span for trend in told)
    if longest < WEEK:
        least = LEAST_SPAN / DAY
        missing = "growth is told from" if longest < least else "warned of is growth after"
        enough = f"{least:g} days on" if longest < least else "a week"
        click.echo(f"homeperf: the history goes back {longest:.1f} days; {missing} {enough}. {MORE}", err=True)


def _nothing_of(known: Sequence[History], contexts: Sequence[str], namespaces: Sequence[str]) -> int:
    if contexts and not any(one.context in contexts for one in known):
        names, what = sorted({one.context for one in known}), "context"
        asked = contexts
    else:
        there = {one.latest.namespace for one in known if not contexts or one.context in contexts}
        names, what = sorted(there), "namespace"
        asked = namespaces
    shown = ", ".join(map(safe, names[:NAMED])) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
    return _missing(f"the history knows no volume of {what} {', '.join(map(safe, asked))}", f"It knows: {shown}.")


def _missing(sentence: str, hint: str) -> int:
    click.echo(f"homeperf: {safe(sentence)}", err=True)
    click.echo(f"  {hint}", err=True)
    return 3
