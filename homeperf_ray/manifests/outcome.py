"""What became of a file, as it is kept and travels."""

from __future__ import annotations

import msgspec

from homeperf_ray.manifests.fact import Fact
from homeperf_ray.manifests.fault import Fault, Judged


class Outcome(msgspec.Struct, frozen=True, array_like=True):
    """What became of a file: its documents, what is wrong, and what the rest of the tree must know of it."""

    judged: tuple[Judged, ...] = ()
    faults: tuple[Fault, ...] = ()
    facts: tuple[Fact, ...] = ()
