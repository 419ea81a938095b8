"""The scaling test: how much more is read in a second as more requests are under way, or more workers read."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median

import msgspec

from homeperf_ray.bench.bare import bare_client, target_of
from homeperf_ray.bench.percentile import Latency
from homeperf_ray.bench.sample import SampleError
from homeperf_ray.bench.scenario import HOMEPERF
from homeperf_ray.timings.reading import read

KINDS = "pods,services,persistentvolumeclaims,deployments,daemonsets,statefulsets"
"""One LIST each a namespace."""

NEAR = 0.9
"""The knee is the first point with this share of the greatest throughput: what follows costs and gains little."""


class Point(msgspec.Struct, frozen=True):
    """What is varied. ``workers`` is of the runtime, 0 for the local runner."""

    concurrency: int
    workers: int
    namespaces: int
    pods: int


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One command: from its first request to its last answer ``seconds``, each request's latencies in seconds."""

    requests: int
    seconds: float
    latencies: tuple[float, ...]

    @property
    def throughput(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


class Scaled(msgspec.Struct, frozen=True, kw_only=True):
    """What a point has shown: medians over the rounds. ``speedup`` is to the first point with the same cluster and the
    same workers; ``knee`` marks the point from which on more requests under way gain little.
    """

    point: Point
    rounds: int
    requests: int
    throughput: float
    speedup: float
    latency: Latency
    knee: bool = False


async def names(kubeconfig: str) -> list[str]:
    """The namespaces of a cluster. Raises KubeError, SampleError."""
    async with (
        bare_client(target_of(kubeconfig), connections=1) as session,
        session.get("/api/v1/namespaces") as answer,
    ):
        if answer.status != 200:
            raise SampleError(f"the API server answers {answer.status} when asked for its namespaces")
        return [item["metadata"]["name"] for item in (await answer.json())["items"]]


def measure(point: Point, kubeconfig: str, namespaces: Sequence[str], environment: Mapping[str, str]) -> Reading:
    """Read six kinds of every namespace by ``homeperf get``, without a budget to speak of. Raises SampleError."""
    with tempfile.TemporaryDirectory(prefix="homeperf-scale-") as folder:
        command = [
            *(*HOMEPERF, "get", KINDS, "--kubeconfig", kubeconfig),
            *("-n", ",".join(namespaces), "--concurrency", str(point.concurrency)),
            *("--qps", "100000", "--burst", "100000", "--timeout", "120s", "-o", "name", "--timings", folder),
            *(("--runner", "ray") if point.workers else ("--runner", "local")),
        ]
        done = subprocess.run(command, env=dict(environment), capture_output=True, text=True, check=False)
        if done.returncode:
            raise SampleError(f"get at concurrency {point.concurrency} failed: {done.stderr.strip()[-500:]}")
        return reading_of(Path(folder))


def reading_of(folder: Path) -> Reading:
    """What the timings of one command say of its requests. Raises SampleError where there are none."""
    import pyarrow.compute as pc

    table = read(folder).table
    sent = table.filter(pc.and_(pc.equal(table["kind"], "list"), pc.greater(table["sent"], 0)))
    if not sent.num_rows:
        raise SampleError("get has sent no request")
    rows = [
        (row["started"].timestamp(), row["queue"] + row["permit"], row["total"])
        for row in sent.select(["started", "queue", "permit", "total"]).to_pylist()
    ]
    begin = min(started + waited for started, waited, _ in rows)
    end = max(started + total for started, _, total in rows)
    return Reading(
        requests=pc.sum(sent["sent"]).as_py(),
        seconds=end - begin,
        latencies=tuple(total - waited for _, waited, total in rows),
    )


def sweep(
    points: Sequence[Point],
    rounds: int,
    take: Callable[[Point], Reading],
    tell: Callable[[str], None] = lambda _line: None,
) -> list[Scaled]:
    """All points, interleaved, after one warm-up: a busy minute of the machine meets them all."""
    taken: dict[Point, list[Reading]] = {point: [] for point in points}
    take(points[0])
    for number in range(rounds):
        for point in points:
            tell(f"concurrency {point.concurrency}: {number + 1} of {rounds}")
            taken[point].append(take(point))
    return scaled(taken)


def scaled(taken: Mapping[Point, Sequence[Reading]]) -> list[Scaled]:
    """Medians, speed-up and knee; the points in their order."""
    throughputs = {point: median(one.throughput for one in readings) for point, readings in taken.items()}
    found = []
    for point, readings in taken.items():
        alike = [other for other in taken if _series(other) == _series(point)]
        greatest = max(throughputs[other] for other in alike)
        knee = next(other for other in alike if throughputs[other] >= NEAR * greatest)
        found.append(
            Scaled(
                point=point,
                rounds=len(readings),
                requests=round(median(one.requests for one in readings)),
                throughput=throughputs[point],
                speedup=throughputs[point] / throughputs[alike[0]],
                latency=Latency.of([latency for one in readings for latency in one.latencies]),
                knee=point == knee,
            )
        )
    return found


def _series(point: Point) -> tuple[int, int, int]:
    return point.workers, point.namespaces, point.pods
