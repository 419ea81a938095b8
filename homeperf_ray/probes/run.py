"""Many probes at once: bounded, each with a deadline of its own, and none held up by another that waits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from homeperf_ray.probes.outcome import Outcome
from homeperf_ray.probes.probe import Probe
from homeperf_ray.probes.prober import Prober

PATIENCE = 0.05
"""Seconds after which a probe counts as one that waits, and another may begin in its place."""


async def run_probes(
    prober: Prober,
    probes: Sequence[Probe],
    *,
    active: int,
    in_flight: int,
    deadline: float,
    done: Callable[[Outcome], None] = lambda _: None,
) -> list[Outcome]:
    """The outcomes in the order of ``probes``, those that are equal done once.

    At most ``active`` probes are at work, so that they do not measure each other; one that has waited for ``PATIENCE``
    makes room for the next, up to ``in_flight`` in all. What is not done after ``deadline`` seconds is ``not_probed``,
    or ``timeout`` where it has begun.
    """
    ends = time.monotonic() + deadline
    working, open_ = asyncio.Semaphore(active), asyncio.Semaphore(in_flight)

    async def one(probe: Probe) -> Outcome:
        async with open_:
            async with working:
                if time.monotonic() >= ends:
                    outcome = prober.unprobed(probe, f"the {deadline:g} s for all probes were over before its turn")
                    done(outcome)
                    return outcome
                task = asyncio.create_task(prober.probe(probe))
                try:
                    await asyncio.wait({task}, timeout=PATIENCE)
                except BaseException:
                    task.cancel()
                    raise
            outcome = await task
        done(outcome)
        return outcome

    unique = list(dict.fromkeys(probes))
    async with asyncio.TaskGroup() as group:
        tasks = {probe: group.create_task(one(probe)) for probe in unique}
    return [tasks[probe].result() for probe in probes]
