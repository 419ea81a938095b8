"""What became of a ``get``: each part as it came or why it did not."""

from __future__ import annotations

import msgspec

from homeperf_ray.executor.outcome import Failure
from homeperf_ray.objects.job import Part
from homeperf_ray.objects.page import Page
from homeperf_ray.timings.operation import Operation


class Got(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one part: its ``pages``, or the ``failure`` that kept it from being whole."""

    part: Part
    pages: tuple[Page, ...] = ()
    failure: Failure | None = None

    @property
    def count(self) -> int:
        """Objects that came."""
        return sum(page.rows for page in self.pages)


class Gathering(msgspec.Struct, frozen=True, kw_only=True):
    """What one context gave: its parts in the order in which they were asked for.

    ``failures`` are about words that name no resource type, or about the whole context. ``notes`` say what was chosen
    where a word may mean several things.
    """

    context: str
    got: tuple[Got, ...] = ()
    failures: tuple[Failure, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    operations: tuple[Operation, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether everything that was asked for came."""
        return not self.failures and all(one.failure is None for one in self.got)
