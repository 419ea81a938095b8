"""One load test: a step a rate, with a neighbour beside them, until the server no longer keeps up."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence

import msgspec

from homeperf_ray.bench.bare import bare_client, target_of
from homeperf_ray.bench.load import IN_FLIGHT, Step, step
from homeperf_ray.bench.percentile import Latency

NEIGHBOUR_RATE = 20.0
"""Requests a second of the other user."""

REST = 0.5
"""Seconds between two steps, for what is still queued."""


class LoadError(RuntimeError):
    """The load test could not begin; the message says why."""


async def run(
    kubeconfig: str,
    context: str,
    *,
    rates: Sequence[float],
    seconds: float,
    paths: Sequence[str],
    tell: Callable[[str], None] = lambda _line: None,
) -> list[Step]:
    """A step a rate, in their order. The first step that saturates the server is the last.

    Step 0 has rate 0: what the neighbour feels of a server that is left alone. Raises KubeError for a kubeconfig that
    cannot be used, LoadError where the server does not answer a first request.
    """
    target = target_of(kubeconfig, context)
    steps: list[Step] = []
    spans: list[tuple[float, float]] = []
    async with bare_client(target, connections=IN_FLIGHT) as session, _neighbour(kubeconfig, context) as felt:

        async def ask(path: str) -> tuple[int, int]:
            async with session.get(path) as answer:
                return answer.status, len(await answer.read())

        await _first(ask, paths)
        for rate in (0.0, *rates):
            tell(f"{rate:g} requests a second" if rate else "nothing, to know what another user feels without it")
            begin = time.time()
            steps.append(await step(ask, paths, rate=rate, seconds=seconds) if rate else await _idle(seconds))
            spans.append((begin, time.time()))
            if steps[-1].saturated:
                break
            await asyncio.sleep(REST)
    return [
        msgspec.structs.replace(one, neighbour=Latency.of([took for due, took in felt if begin <= due < end]))
        for one, (begin, end) in zip(steps, spans, strict=True)
    ]


async def _first(ask: Callable[[str], object], paths: Sequence[str]) -> None:
    """One request a path, so that a wrong one is not sent a thousand times."""
    for path in paths:
        try:
            status, _ = await ask(path)  # type: ignore[misc]
        except OSError as error:
            raise LoadError(f"the API server does not answer: {error}") from error
        if status != 200:
            raise LoadError(f"the API server answers GET {path} with {status}; name another with --path")


async def _idle(seconds: float) -> Step:
    await asyncio.sleep(seconds)
    return Step(
        rate=0.0,
        seconds=seconds,
        sent=0,
        sent_rate=0.0,
        answered_rate=0.0,
        bytes=0,
        latency=Latency(),
        service=Latency(),
        lag=Latency(),
        statuses={},
        in_flight=0,
    )


@contextlib.asynccontextmanager
async def _neighbour(kubeconfig: str, context: str) -> AsyncIterator[list[tuple[float, float]]]:
    """Another user beside the test: what it felt, once the block has ended."""
    felt: list[tuple[float, float]] = []
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "homeperf_ray.bench.neighbour", "--kubeconfig", kubeconfig, "--context", context),
        *("--rate", str(NEIGHBOUR_RATE)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 24,
    )
    try:
        assert process.stdout is not None
        await process.stdout.readline()
        yield felt
        out, _ = await process.communicate(b"")
        felt += [(due, took) for due, took in json.loads(out or b"[]")]
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
