"""The Runner protocol: where requests are sent and batches are judged."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from homeperf_ray.executor.batch import Batch, Judged
from homeperf_ray.executor.inside import Inside
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.executor.look import Look, Looked
from homeperf_ray.executor.outcome import Fetched
from homeperf_ray.kube.discovery import Discovered
from homeperf_ray.kube.request import Request
from homeperf_ray.kube.resources import GroupResource
from homeperf_ray.kube.target import Target

if TYPE_CHECKING:
    import pyarrow as pa


class Runner(Protocol):
    """Does the work of one job. Results come as they are ready, in any order, each exactly once.

    Nothing here raises for what one request or batch met: a failure is a value. ``tables`` holds, per resource, the
    opaque tables that ``fetch`` gave, one a request. ``discover`` raises ConfigError where the job's access cannot
    be read.
    """

    name: str
    workers: int

    async def discover(self, job: CheckJob, groups: frozenset[str]) -> Discovered: ...

    def fetch(self, job: CheckJob, requests: Sequence[Request]) -> AsyncIterator[Fetched]: ...

    def evaluate(
        self, job: CheckJob, batches: Sequence[Batch], tables: Mapping[GroupResource, Sequence[Any]]
    ) -> AsyncIterator[Judged]: ...

    def look(self, job: CheckJob, looks: Sequence[Look]) -> AsyncIterator[Looked]:
        """Fetch what helps to understand some sick objects."""
        ...

    async def read(self, table: Any) -> pa.Table | None:
        """One table that ``fetch`` gave, as the driver can read it; None where it is lost."""
        ...

    async def inside(self, job: CheckJob) -> Inside:
        """Ask the toolboxes of Ceph what it says of itself."""
        ...

    def target(self, job: CheckJob) -> Target:
        """The server that the job reads and as whom, as the kubeconfig says. Raises ConfigError."""
        ...

    async def close(self) -> None: ...
