"""Who judges what has no result yet: this process, others beside it, or a runtime."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from homeperf_ray.executor.validation.phases import Phases
from homeperf_ray.manifests.batch import Batch, Done, Item, Options, item_of, judge_batch, unjudged
from homeperf_ray.manifests.envsubst import Variables
from homeperf_ray.manifests.outcome import Outcome
from homeperf_ray.manifests.store import Results, key_of

POOL_BYTES = 400_000
"""Bytes of YAML that are not kept, above which processes are faster than one (``python -m benchmarks.validate``)."""

BATCH_BYTES = 200_000
"""Of a batch, at most by so much more as its last file has; smaller ones where there would be few."""

BATCHES_EACH = 4
"""Batches for each worker, at least, so that none waits long for the last."""

GIVEN_UP = "could not be judged: every process that began to was killed, perhaps for want of memory"

Asked = Mapping[str, tuple[bytes, Variables | None]]
"""Contents by file, with the variables that are substituted in them."""


class Elsewhere(Protocol):
    """Another place that judges batches: a runtime. ``least`` are the bytes of YAML from which on it is asked."""

    workers: int
    least: int

    def judge(self, batches: Sequence[Batch]) -> list[Done | None] | None:
        """What became of each batch, None for one that is to be judged here; None as a whole where the place is not
        well and need not be asked.
        """
        ...


class Spread:
    """Judges files, each once. ``runner`` and ``workers`` tell who did."""

    def __init__(
        self, options: Options, results: Results, phases: Phases, elsewhere: Elsewhere | None, processes: int | None
    ) -> None:
        self._options = options
        self._results = results
        self._phases = phases
        self._elsewhere = elsewhere
        self._processes = processes or processors()
        self.runner = "local"
        self.workers = 1

    def judge(self, asked: Asked, kind: str) -> dict[str, Outcome]:
        """The outcomes of files. ``kind`` names what this is in the timings."""
        found: dict[str, Outcome | None] = dict.fromkeys(asked)
        missing: dict[str, tuple[bytes, Item]] = {}
        for file, (data, values) in asked.items():
            item = item_of(data, file, values)
            text = "" if values is None else f"{item.open} {item.variables}"
            key = key_of(data, file, text)
            found[file] = self._results.get(key)
            if found[file] is None:
                missing[file] = (key, item)
        if len(missing) < len(asked):
            kept = [len(data) for file, (data, _) in asked.items() if file not in missing]
            self._phases.kept(kind, len(kept), sum(kept))
        outcomes = self._judge([item for _, item in missing.values()], kind)
        for (file, (key, _)), outcome in zip(missing.items(), outcomes, strict=True):
            if outcome is not None:
                self._results.put(key, outcome)
            found[file] = outcome
        return {file: outcome or unjudged(GIVEN_UP) for file, outcome in found.items()}

    def _judge(self, items: list[Item], kind: str) -> list[Outcome | None]:
        """The outcomes of items in their order; None for what nobody could judge."""
        if not items:
            return []
        size = sum(len(item.data) for item in items)
        if self._elsewhere is not None and size >= self._elsewhere.least:
            batches = _batches(self._options, items, BATCH_BYTES)
            done = self._elsewhere.judge(batches)
            if done is not None:
                return self._with_the_rest(batches, done, kind)
        if size < POOL_BYTES or self._processes < 2:
            batch = Batch(self._options, tuple(items))
            one = judge_batch(batch)
            self._phases.batch(kind, 0, batch, one)
            return list(one.outcomes)
        self.workers = self._processes
        most = min(BATCH_BYTES, size // (self._processes * BATCHES_EACH))
        return self._in_processes(_batches(self._options, items, most), kind)

    def _with_the_rest(self, batches: Sequence[Batch], done: Sequence[Done | None], kind: str) -> list[Outcome | None]:
        """What came from elsewhere, and what is left of it, judged here."""
        assert self._elsewhere is not None
        self.runner, self.workers = "ray", self._elsewhere.workers
        rest = [batch for batch, one in zip(batches, done, strict=True) if one is None]
        mended = iter(self._in_processes(rest, kind)) if rest else iter(())
        found: list[Outcome | None] = []
        for number, (batch, one) in enumerate(zip(batches, done, strict=True)):
            if one is None:
                found += [next(mended) for _ in batch.items]
            else:
                self._phases.batch(kind, number, batch, one)
                found += one.outcomes
        return found

    def _in_processes(self, batches: Sequence[Batch], kind: str) -> list[Outcome | None]:
        from homeperf_ray.executor.validation.processes import judge_in_processes

        found: list[list[Outcome | None]] = [[None] * len(batch.items) for batch in batches]
        for part, done, _ in judge_in_processes(batches, self._processes):
            if done is None:
                self._phases.lost(kind, part.number, part.batch)
                continue
            self._phases.batch(kind, part.number, part.batch, done)
            found[part.number][part.start : part.start + len(done.outcomes)] = done.outcomes
        return [outcome for outcomes in found for outcome in outcomes]


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _batches(options: Options, items: Iterable[Item], most: int) -> list[Batch]:
    batches: list[Batch] = []
    held: list[Item] = []
    size = 0
    for item in items:
        held.append(item)
        size += len(item.data)
        if size >= most:
            batches.append(Batch(options, tuple(held)))
            held, size = [], 0
    return [*batches, Batch(options, tuple(held))] if held else batches
