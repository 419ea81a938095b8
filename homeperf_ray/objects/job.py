"""What ``get`` was asked for, as values."""

from __future__ import annotations

from typing import Literal

import msgspec

from homeperf_ray.kube.request import Access, Request

Form = Literal["table", "object", "metadata"]
"""How objects are shown: as rows of a table, whole, or only what they are called."""


class Wanted(msgspec.Struct, frozen=True):
    """A resource type as the user called it, and the names of its objects; none for all of them."""

    word: str
    names: tuple[str, ...] = ()


class GetJob(msgspec.Struct, frozen=True, kw_only=True):
    """One ``homeperf get`` of one context. Times are seconds.

    ``namespaces`` is None for all of them and empty for that of the context. ``run`` identifies the run in the
    timings. ``timeout`` is for the whole run, ``request_timeout`` for the silence of the server within one request.
    """

    run: str
    access: Access
    wanted: tuple[Wanted, ...]
    form: Form
    namespaces: tuple[str, ...] | None = ()
    label_selector: str = ""
    field_selector: str = ""
    concurrency: int = 10
    qps: float = 50.0
    burst: int = 100
    timeout: float = 30.0
    request_timeout: float = 10.0


class Part(msgspec.Struct, frozen=True, order=True):
    """One LIST, or the GET of one object where ``name`` is set: what is sent, deduplicated, and answered for."""

    request: Request
    name: str = ""

    @property
    def path(self) -> str:
        """The URL path, without a query."""
        return f"{self.request.path}/{self.name}" if self.name else self.request.path

    def __str__(self) -> str:
        what = f"{self.request.served.resource}" + (f"/{self.name}" if self.name else "")
        return what + (f" in namespace {self.request.namespace}" if self.request.namespace else "")
