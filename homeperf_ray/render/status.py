"""The state of a runtime and of request budgets, as people read it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from homeperf_ray.render.escape import safe

if TYPE_CHECKING:
    from homeperf_ray.actors.protocol import State, WorkerState
    from homeperf_ray.limits.lease import BudgetState

UNITS = ((86400, "d"), (3600, "h"), (60, "m"))


def lines(state: State, processes: int) -> Iterator[str]:
    """A runtime that is up."""
    yield f"The runtime is up for {_time(state.uptime)}, version {state.version}, {processes} processes."
    yield f"  versions: {', '.join(f'{name} {version}' for name, version in state.versions.items())}"
    for node in state.nodes:
        yield f"  node {safe(node.name)}: {safe(node.address)}, {'alive' if node.alive else 'lost'}"
    for worker in state.workers:
        yield from _worker(worker, state.versions)
    yield from budgets(state.budgets)
    yield (
        f"  cache: {state.entries} entries, {state.watched} of them watched, {state.bytes / 1e6:.1f} MB, "
        f"{state.hits} hits, {state.misses} misses"
    )
    yield f"  checks running: {state.running}"
    yield f"  {_idle(state)}"


def budgets(states: Sequence[BudgetState]) -> Iterator[str]:
    """One server's budget a line, and a second one where it is less than it might be."""
    for budget in states:
        yield (
            f"  budget of {safe(budget.server)}: {budget.rate:.3g} of {budget.qps:g} requests a second, "
            f"burst {budget.burst}; {budget.permits} permits, {budget.waited:.1f} s waited, {budget.clients} clients"
        )
        if budget.slowed:
            yield (
                f"    lowered {_time(budget.lowered_ago)} ago because of {budget.slowed} for {safe(budget.by)}"
                + (f"; nothing is sent for {_time(budget.paused)}" if budget.paused else "")
            )
        if budget.alone:
            yield f"    shared with no other process: {safe(budget.alone)}"


def _worker(worker: WorkerState, versions: dict[str, str]) -> Iterable[str]:
    where = f"process {worker.pid} on {safe(worker.node)}" if worker.pid else "is being started anew"
    others = [f"{name} {version}" for name, version in worker.versions.items() if versions.get(name) != version]
    yield f"  {worker.name}: {where}" + (f", with {', '.join(others)}" if others else "")
    for pool in worker.pools:
        yield (
            f"    pool of {safe(pool.server)}: {pool.users} in use, {pool.sent} requests over {pool.opened} connections"
        )


def _idle(state: State) -> str:
    idle = f"idle for {_time(state.idle)}" if not state.running else "busy"
    return f"{idle}; ends by itself after {_time(state.idle_stop)} without a check" if state.idle_stop else idle


def _time(seconds: float) -> str:
    """The largest unit that is at least 1, to the tenth below ten."""
    for size, unit in UNITS:
        if seconds >= size:
            return f"{seconds / size:.3g}{unit}"
    return f"{seconds:.3g}s" if seconds < 10 else f"{seconds:.0f}s"
