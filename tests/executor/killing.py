"""Ways of judging that end the process that does it, as a kernel short of memory ends one."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import msgspec

from homeperf_ray.manifests.batch import Batch, judge_bytes

POISON = b"# poison"


def over_poison(batch: bytes, worker: str) -> bytes:
    """Die over every batch with a poisoned file in it."""
    if any(POISON in item.data for item in msgspec.msgpack.decode(batch, type=Batch).items):
        os.kill(os.getpid(), signal.SIGKILL)
    return judge_bytes(batch, worker)


def once(folder: Path):
    """Die in the middle of the first batch, whichever that is, and never again."""

    def judging(batch: bytes, worker: str) -> bytes:
        try:
            (folder / "died").mkdir()
        except FileExistsError:
            return judge_bytes(batch, worker)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    return judging


def always(batch: bytes, worker: str) -> bytes:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError
