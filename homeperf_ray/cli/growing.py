"""Growth of the volumes of a report, told from the history on this machine."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from homeperf_ray.cli.timings import Keeping
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.executor.report import Report
from homeperf_ray.timings.files import LeftOut


def with_growth(report: Report, job: CheckJob, keeping: Keeping) -> Report:
    """Keep how full the volumes are, and judge how they have grown until now: the same whichever runner has asked.

    A report that tells of no volume is left as it is.
    """
    if not report.volumes:
        return report
    if not keeping.timings:
        note = "growth of volumes is not judged: --no-timings keeps no history"
        return msgspec.structs.replace(report, notes=(*report.notes, note))
    keeping.keep_volumes(report)
    from homeperf_ray.checks.growth import DAY
    from homeperf_ray.checks.growth_codes import GROWTH_CODES
    from homeperf_ray.checks.volume_growth import MEMORY, judge_growth, trend_of
    from homeperf_ray.executor.amending import amended
    from homeperf_ray.timings.volume_history import past

    until = report.started + 1
    namespaces = sorted({use.namespace for use in report.volumes})
    found = past(
        keeping.folder, since=until - MEMORY * DAY, until=until, servers=[report.server], namespaces=namespaces
    )
    present = {
        (report.server, use.namespace, use.claim, use.volume): msgspec.structs.replace(use, taken=report.started)
        for use in report.volumes
    }
    trends = [
        trend_of(msgspec.structs.replace(history, latest=present[identity]))
        for identity, history in found.histories.items()
        if identity in present
    ]
    judgement = judge_growth(trends, job.thresholds)
    notes = (*judgement.notes, *left_out_notes(found.left_out))
    return amended(report, msgspec.structs.replace(judgement, notes=notes), job.suppressions, GROWTH_CODES)


def left_out_notes(left_out: Sequence[LeftOut]) -> tuple[str, ...]:
    """Which files of the history were not read, and why; of many the first."""
    if not left_out:
        return ()
    more = f" and {len(left_out) - 1} more" if len(left_out) > 1 else ""
    return (f"of the volumes' history {left_out[0].path}{more} was left out: {left_out[0].reason}",)
