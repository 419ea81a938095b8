"""One sample: a command, run once and measured from outside."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

JUDGED = (0, 1, 2)
"""Exit codes of a command that did its work, whatever it found."""


class SampleError(RuntimeError):
    """A measured command failed; the message holds its last words."""


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """Wall and processor time in seconds (of the command and its children), what it sent, and what it found.

    ``bytes`` is what it received, ``throttled`` how often the server told it to wait; 0 where it did not say. ``peak``
    is the highest memory of its process tree in bytes, from a run of its own in the same round; 0 where that round
    had none. ``inner`` is the time that the command itself measured, where it did. ``found`` is the sum of all
    findings, -1 for a command that judges nothing.
    """

    scenario: str
    number: int
    wall: float
    cpu: float
    requests: int
    found: int
    inner: float = 0.0
    bytes: int = 0
    throttled: int = 0
    peak: int = 0


def take(scenario: str, number: int, command: Sequence[str], environment: Mapping[str, str]) -> Sample:
    """Run a command and measure it. Raises SampleError where it could not do its work."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.perf_counter()
        process = subprocess.Popen(command, env=dict(environment), stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        said, complaint = out.read(), err.read()
    if process.returncode not in JUDGED:
        raise SampleError(
            f"{scenario} ended with code {process.returncode}: {complaint.decode(errors='replace')[-500:]}"
        )
    told = _told(said)
    summary, ledger = told.get("summary", {}), told.get("ledger", {})
    return Sample(
        scenario=scenario,
        number=number,
        wall=wall,
        cpu=used.ru_utime + used.ru_stime,
        requests=ledger.get("sent", 0),
        found=sum(summary.get(part, 0) for part in ("warnings", "critical", "errors")) if summary else -1,
        inner=told.get("inner_seconds", 0.0),
        bytes=ledger.get("bytes", 0),
        throttled=ledger.get("throttled", 0),
    )


def _told(said: bytes) -> dict[str, Any]:
    try:
        told = json.loads(said)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
