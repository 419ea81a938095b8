"""A check through a runtime whose judging stands still: workers are stopped with batches in their hands."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

from homeperf_ray.actors.client import connect
from homeperf_ray.actors.protocol import Result
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.kube.errors import KubeError
from homeperf_ray.kube.request import Access
from homeperf_ray.sim.process import RunningSim
from tests.actors.conftest import folder_of
from tests.actors.waiting import wait_for
from tests.cli.command import Homeperf

_NUMBERS = count()


@dataclass
class Asked:
    """One check and what came of it; ``counts`` are the latest of the requests, fetched and judged that were told."""

    counts: tuple[int, int, int] = (0, 0, 0)
    told: int = 0
    result: Result | None = None
    error: KubeError | None = None
    thread: threading.Thread = field(default_factory=threading.Thread)

    def progress(self, *counts: int) -> None:
        self.counts, self.told = counts, self.told + 1

    @property
    def over(self) -> bool:
        return not self.thread.is_alive()

    def join(self, seconds: float = 120.0) -> None:
        self.thread.join(seconds)
        assert self.over


def ask(runtime: Homeperf, sim: RunningSim, *, timeout: float = 90.0, details: int = 0, max_age: float = 0.0) -> Asked:
    """Begin a check; unless ``max_age`` says otherwise it accepts nothing from the cache."""
    run = f"halted-{next(_NUMBERS)}"
    access = Access((str(sim.kubeconfig),))
    job = CheckJob(run=run, access=access, max_age=max_age, timeout=timeout, details=details, burst=1000, qps=1000.0)
    asked = Asked()

    def go() -> None:
        client = connect(folder_of(runtime).folder, patience=10.0)
        with client:
            try:
                asked.result = client.check(job, asked.progress)
            except KubeError as error:
                asked.error = error

    asked.thread = threading.Thread(target=go)
    asked.thread.start()
    return asked


@contextmanager
def judging_halted(runtime: Homeperf, sim: RunningSim, **options: float) -> Iterator[tuple[Asked, list[int]]]:
    """All but the worker that reads the pods are stopped before those are judged, which is dealt to every worker.

    Gives the check and the ids of the stopped, each of which has a part of the namespaces in its hands.
    """
    pids = {one["name"]: one["pid"] for one in runtime.run("status", "-o", "json").report["workers"]}
    sim.fault("latency", verb="list", resource="pods", seconds=1.0)
    asked = ask(runtime, sim, **options)
    wait_for(lambda: asked.over or 0 < asked.counts[0] == asked.counts[1] + 1, 60)
    reader = _reader(runtime, sim)
    stopped = [pid for name, pid in pids.items() if name != reader]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    sim.clear_faults()
    try:
        wait_for(lambda: asked.over or 0 < asked.counts[0] == asked.counts[1], 60)
        yield asked, stopped
    finally:
        for pid in stopped:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        sim.clear_faults()
        asked.join()


def _reader(runtime: Homeperf, sim: RunningSim) -> str:
    """The worker whose pool of that server is in use."""
    found: list[str] = []

    def one_reads() -> bool:
        workers = runtime.run("status", "-o", "json").report["workers"]
        found[:] = [
            one["name"] for one in workers if any(pool["server"] == sim.url and pool["users"] for pool in one["pools"])
        ]
        return len(found) == 1

    wait_for(one_reads, 20)
    return found[0]


def going_on(stopped: list[int]) -> Callable[[], None]:
    """Lets the stopped go on."""

    def go() -> None:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)

    return go
