"""A request is a value: the cache key, the unit of deduplication and batching, the row in the ledger."""

from __future__ import annotations

import msgspec

from homeperf_ray.kube.resources import ServedResource

PAGE_SIZE = 500
"""Items a page of a LIST, the size that kubectl and client-go use."""


class Request(msgspec.Struct, frozen=True, order=True):
    """One LIST, cluster-wide or in one namespace, with all of its pages. Built without I/O."""

    served: ServedResource
    namespace: str | None = None
    label_selector: str = ""
    field_selector: str = ""
    page_size: int = PAGE_SIZE

    @property
    def path(self) -> str:
        """The URL path, without a query."""
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
        scope = f" in {self.namespace}" if self.namespace else ""
        return f"LIST {self.served.resource}{scope}"


class Access(msgspec.Struct, frozen=True):
    """Which server to read, and as whom, named by kubeconfig files and context; it holds no credential.

    ``kubeconfig`` is the merge list of absolute paths, empty for in-cluster credentials. ``context`` is the name in
    the merged kubeconfig, empty for its current context.
    """

    kubeconfig: tuple[str, ...]
    context: str = ""
