"""The stage of a run: the cluster, the runtime and the environment that its commands meet."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from homeperf_ray.bench import suite
from homeperf_ray.bench.run import Parameters, Run
from homeperf_ray.bench.scenario import HOMEPERF, Scenario
from homeperf_ray.sim.options import OptionsError
from homeperf_ray.sim.process import RunningSim, SimError, start


class StageError(RuntimeError):
    """The homelab or the runtime did not start; the message says why."""


def measure(
    scenarios: Sequence[Scenario],
    parameters: Parameters,
    *,
    kubeconfig: str | None,
    ambient: Mapping[str, str],
    tell: suite.Tell = lambda _line: None,
) -> Run:
    """Run the scenarios on the embedded homelab, or on the cluster of a kubeconfig.

    ``ambient`` is the environment that the commands get, but for state, cache and runtime, which are of the run's own.
    Raises StageError, and SampleError where a command could not do its work.
    """
    with ExitStack() as stack:
        count = None
        if kubeconfig is None:
            sim = stack.enter_context(homelab(parameters))
            kubeconfig, count = str(sim.kubeconfig), _counter(sim)
        environment = environment_of(stack.enter_context(tempfile.TemporaryDirectory(prefix="homeperf-")), ambient)
        if any(scenario.runtime for scenario in scenarios):
            stack.enter_context(runtime(parameters.workers, environment))
        taken = suite.run(
            scenarios,
            samples=parameters.samples,
            memory=parameters.memory,
            kubeconfig=kubeconfig,
            environment=environment,
            count=count,
            tell=tell,
        )
    return Run.of(taken, parameters)


@contextmanager
def homelab(parameters: Parameters, *, fairness: bool = False) -> Iterator[RunningSim]:
    """The embedded homelab of that size, for as long as the block lasts. Raises StageError."""
    try:
        sim = start(
            nodes=parameters.nodes,
            namespaces=parameters.namespaces,
            pods=parameters.pods,
            pvcs=parameters.pvcs,
            latency=parameters.latency_ms / 1000,
            fairness=fairness,
        )
    except (OptionsError, SimError) as error:
        raise StageError(str(error)) from error
    with sim:
        yield sim


def _counter(sim: RunningSim) -> Callable[[], int]:
    def count() -> int:
        total = int(sim.counts()["total"])
        sim.reset_counts()
        return total

    return count


def environment_of(folder: str, ambient: Mapping[str, str]) -> dict[str, str]:
    """State and cache of the run's own, and byte code as users have it."""
    kept = {name: value for name, value in ambient.items() if name != "PYTHONDONTWRITEBYTECODE"}
    own = {
        "XDG_STATE_HOME": f"{folder}/state",
        "XDG_CACHE_HOME": f"{folder}/cache",
        "HOMEPERF_RUNTIME_DIR": f"{folder}/run",
    }
    return {**kept, **own}


@contextmanager
def runtime(workers: int, environment: dict[str, str]) -> Iterator[None]:
    """A runtime of so many workers, for as long as the block lasts. Raises StageError."""
    try:
        done = subprocess.run(
            [*HOMEPERF, "up", "--workers", str(workers)],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            raise StageError(f"the runtime did not start: {done.stderr.strip()[-500:]}")
        yield
    finally:
        subprocess.run([*HOMEPERF, "down"], env=environment, stdout=subprocess.DEVNULL, check=False)
