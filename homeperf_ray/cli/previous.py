"""The previous run of the same scope: kept in the state folder, for ``--since-last``."""

from __future__ import annotations

import hashlib
import os
import time
from contextlib import suppress
from pathlib import Path

import msgspec

from homeperf_ray.checks.finding import Finding
from homeperf_ray.executor.changes import changes_of, remembered
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.executor.report import Report

VERSION = 1
KEEP_DAYS = 90
"""Scopes that were not checked for so long are forgotten."""


class Previous(msgspec.Struct, frozen=True, kw_only=True):
    """The findings of one run that ended at ``ended`` (Unix time), without the details that were fetched."""

    version: int = VERSION
    ended: float
    findings: tuple[Finding, ...]


def compared(report: Report, job: CheckJob, folder: Path) -> Report:
    """The report with its changes since the previous run of the same scope, where there was one."""
    before = _read(_path(report, job, folder))
    if before is None or report.failure is not None:
        return report
    return msgspec.structs.replace(report, changes=changes_of(report, before.findings, before.ended))


def remember(report: Report, job: CheckJob, folder: Path) -> None:
    """Keep a run for the next one to be compared with; one that could judge nothing is not kept. Raises OSError."""
    if report.failure is not None:
        return
    if report.changes is None:
        report = compared(report, job, folder)
    findings = tuple(msgspec.structs.replace(finding, detail=()) for finding in remembered(report))
    path = _path(report, job, folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}-{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(Previous(ended=report.started + report.duration, findings=findings)))
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
    _forget_old(folder)


def _path(report: Report, job: CheckJob, folder: Path) -> Path:
    options = (("probe", job.targets), ("kubelet", job.kubelet), ("exec", job.exec))
    asked = [name for name, wanted in options if wanted]
    scope = (
        job.access.kubeconfig,
        report.context,
        sorted(job.domains),
        sorted(job.namespaces or ()),
        job.secrets,
        *asked,
    )
    return folder / f"{hashlib.sha256(msgspec.json.encode(scope)).hexdigest()[:32]}.json"


def _read(path: Path) -> Previous | None:
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Previous)
    except (OSError, msgspec.MsgspecError):
        return None
    return found if found.version == VERSION else None


def _forget_old(folder: Path) -> None:
    oldest = time.time() - KEEP_DAYS * 86_400
    for file in folder.iterdir():
        with suppress(OSError):
            if file.stat().st_mtime < oldest:
                file.unlink()
