"""What a worker is asked to follow, as a value."""

from __future__ import annotations

import msgspec

from homeperf_ray.executor.job import CheckJob
from homeperf_ray.kube.request import Request


class FollowOrder(msgspec.Struct, frozen=True, kw_only=True):
    """One request to follow, with the access and the budget of the job that asked for it last.

    ``server`` and ``identity`` are those for whom the cache keeps the table. ``version`` is the last one that the
    cache has, empty for none. ``streaming`` says that the server has streaming lists; ``refresh`` is how often, in
    seconds, what cannot be watched is listed.
    """

    job: CheckJob
    request: Request
    server: str
    identity: str
    version: str = ""
    streaming: bool = False
    refresh: float = 15.0
