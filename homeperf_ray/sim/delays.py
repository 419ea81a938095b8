"""How long an answer takes: a fixed time, a normal distribution, or times that were recorded."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import msgspec

LONGEST = 60.0
"""Seconds; a latency beyond that is a fault of its own kind (``hang``)."""

SAMPLES = 10_000
"""Recorded times that are kept: of more, as many quantiles."""

_DURATION = re.compile(r"^(\d+(?:\.\d+)?|\.\d+)\s*(us|µs|ms|s|m)?$")
_UNITS = {"us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, None: 1.0}


class DelayError(ValueError):
    """A latency that cannot be read; the message says what would do."""


class Delay(msgspec.Struct, frozen=True, kw_only=True):
    """A distribution of times in seconds.

    ``mean`` with a ``deviation`` is a normal distribution truncated at zero; ``samples``, where there are any, are
    drawn from with equal probability (an empirical distribution) and the other two do not count.
    """

    mean: float = 0.0
    deviation: float = 0.0
    samples: tuple[float, ...] = ()

    def __bool__(self) -> bool:
        return self.mean > 0 or self.deviation > 0 or bool(self.samples)

    def validate(self) -> None:
        """Raise DelayError for times that nobody would wait for."""
        longest = max(self.samples, default=self.mean + self.deviation)
        if not 0 <= longest <= LONGEST or self.mean < 0 or self.deviation < 0 or min(self.samples, default=0) < 0:
            raise DelayError(f"A latency is between 0 and {LONGEST:.0f} s; change --latency.")

    def draw(self, rng: Random) -> float:
        """One time. What a normal distribution has below zero is drawn again, as truncation demands."""
        if self.samples:
            return rng.choice(self.samples)
        if not self.deviation:
            return self.mean
        while (drawn := rng.gauss(self.mean, self.deviation)) < 0:
            pass
        return drawn


def read(text: str) -> Delay:
    """``20ms``, ``normal:20ms,5ms`` (mean, standard deviation) or ``recorded:FILE``. Raises DelayError."""
    kind, colon, rest = text.strip().partition(":")
    if not colon:
        delay = Delay(mean=seconds(kind))
    elif kind == "normal" and rest.count(",") == 1:
        mean, deviation = rest.split(",")
        delay = Delay(mean=seconds(mean), deviation=seconds(deviation))
    elif kind == "recorded" and rest:
        delay = Delay(samples=recorded(Path(rest)))
    else:
        raise DelayError(f"A latency is 20ms, normal:20ms,5ms or recorded:FILE, not {text!r}.")
    delay.validate()
    return delay


def seconds(text: str) -> float:
    """Seconds of ``20ms``, ``1.5s``, ``250us``; a bare number is seconds. Raises DelayError."""
    found = _DURATION.match(text.strip())
    if found is None:
        raise DelayError(f"{text.strip()!r} is not a duration such as 20ms or 1.5s.")
    return float(found[1]) * _UNITS[found[2]]


def recorded(path: Path) -> tuple[float, ...]:
    """The times in a file, sorted: one duration a line, or ``first_byte`` of homeperf's timings (Parquet).

    Of homeperf's timings, a file or a whole folder, only requests that got their first byte count. Raises DelayError.
    """
    try:
        found = _measured(path) if path.is_dir() or path.suffix == ".parquet" else _lines(path)
    except OSError as error:
        raise DelayError(f"{path} cannot be read: {error.strerror or error}.") from error
    if not found:
        raise DelayError(f"There is no time in {path}.")
    found.sort()
    if len(found) <= SAMPLES:
        return tuple(found)
    return tuple(found[(2 * position + 1) * len(found) // (2 * SAMPLES)] for position in range(SAMPLES))


def _lines(path: Path) -> list[float]:
    lines = (line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    try:
        return [seconds(line) for line in lines if line]
    except DelayError as error:
        raise DelayError(f"{path}: {error}") from error


def _measured(path: Path) -> list[float]:
    import pyarrow as pa
    import pyarrow.dataset as ds

    try:
        column = ds.dataset(path, format="parquet").to_table(columns=["first_byte"]).column("first_byte")
    except (pa.ArrowInvalid, KeyError) as error:
        raise DelayError(f"{path} holds no timings with a column first_byte.") from error
    return [value for value in column.to_pylist() if value]
