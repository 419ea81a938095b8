"""A request is a value: the cache key, the unit of deduplication and batching, the row in the ledger."""

from __future__ import annotations

from typing import Literal

import msgspec

from homeperf_ray.kube.resources import EVENTS, ServedResource

PAGE_SIZE = 500
"""Items a page of a LIST, the size that kubectl and client-go use."""


KubeletAccess = Literal["auto", "direct", "proxy"]
"""The ways that the user allows: ``auto`` takes the direct one where that is safe, else the one through the server."""


class Kubelet(msgspec.Struct, frozen=True, order=True):
    """The kubelet of a node, and where it listens, as the node's status says; an empty address is not known.

    ``access`` is how it may be asked, with ``insecure`` though nobody vouches for it. What it told on one of these
    ways, or did not tell, is no answer to who allows another.
    """

    node: str
    address: str = ""
    port: int = 10_250
    access: KubeletAccess = "auto"
    insecure: bool = False


class Request(msgspec.Struct, frozen=True, order=True):
    """One LIST, cluster-wide or in one namespace, with all of its pages. Built without I/O.

    With a ``kubelet`` it is what that one tells of its volumes instead.
    """

    served: ServedResource
    namespace: str | None = None
    label_selector: str = ""
    field_selector: str = ""
    page_size: int = PAGE_SIZE
    kubelet: Kubelet | None = None

    @property
    def passing(self) -> bool:
        """Whether it asks for events, of which an object has many and nobody wants to be told for long."""
        return self.served.resource == EVENTS

    @property
    def path(self) -> str:
        """The URL path, without a query."""
        if self.kubelet is not None:
            return f"/api/v1/nodes/{self.kubelet.node}/proxy/stats/summary"
        return self.served.path(self.namespace)

    def query(self, continue_token: str = "") -> dict[str, str]:
        """The query parameters of one page."""
        wanted = {
            "limit": str(self.page_size) if self.page_size else "",
            "labelSelector": self.label_selector,
            "fieldSelector": self.field_selector,
            "continue": continue_token,
        }
        return {name: value for name, value in wanted.items() if value}

    def __str__(self) -> str:
        if self.kubelet is not None:
            return f"GET {self.served.resource} of {self.kubelet.node}"
        scope = f" in {self.namespace}" if self.namespace else ""
        return f"LIST {self.served.resource}{scope}"


class Access(msgspec.Struct, frozen=True):
    """Which server to read, and as whom, named by kubeconfig files and context; it holds no credential.

    ``kubeconfig`` is the merge list of absolute paths, empty for in-cluster credentials. ``context`` is the name in
    the merged kubeconfig, empty for its current context.
    """

    kubeconfig: tuple[str, ...]
    context: str = ""
