"""How a body goes out: at the bandwidth that connections share, dripping, or with a stall in its middle."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from homeperf_ray.sim.bandwidth import Bandwidth
from homeperf_ray.sim.faults import Rule

FOREVER = float("inf")


def pieces(
    body: bytes, shared: Bandwidth | None, fault: Rule | None, clock: Callable[[], float]
) -> Iterator[tuple[float, memoryview]]:
    """The pieces of a body, each with the seconds to wait before it goes; ``FOREVER`` is until the client gives up."""
    own = Bandwidth(fault.rate) if fault is not None and fault.kind == "drip" else None
    size = min((one.piece for one in (shared, own) if one is not None), default=max(1, len(body)))
    stalls = fault is not None and fault.kind == "stall"
    half = len(body) // 2
    view = memoryview(body)
    for start, stop in ((0, half), (half, len(body))) if stalls else ((0, len(body)),):
        if stalls and start:
            assert fault is not None
            yield fault.seconds or FOREVER, view[:0]
        for position in range(start, stop, size):
            piece = view[position : min(stop, position + size)]
            now = clock()
            yield max((one.reserve(len(piece), now) for one in (shared, own) if one is not None), default=0.0), piece
