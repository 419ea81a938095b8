"""Receiving: pages that a runtime hands on, read as if they had just come from the server."""

from __future__ import annotations

import msgspec

from homeperf_ray.executor.outcome import Failure
from homeperf_ray.kube.errors import BadAnswer
from homeperf_ray.objects.job import Form
from homeperf_ray.objects.outcome import Gathering, Got
from homeperf_ray.objects.page import Page, read_page
from homeperf_ray.objects.read import not_understood


class Receiving:
    """The pages of one job by the path of their part."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._bodies: dict[str, list[bytes]] = {}

    def begin(self, path: str) -> None:
        """A list begins, or begins anew."""
        self._bodies[path] = []

    def take(self, path: str, body: bytes) -> None:
        """The next page of a part."""
        self._bodies.setdefault(path, []).append(body)

    def gathering(self, encoded: bytes, target: str) -> Gathering:
        """What was gathered, with its pages; a part of which one could not be understood has failed."""
        found = msgspec.msgpack.decode(encoded, type=Gathering)
        return msgspec.structs.replace(found, got=tuple(self._whole(got, target) for got in found.got))

    def _whole(self, got: Got, target: str) -> Got:
        if got.failure is not None:
            return got
        pages: list[Page] = []
        for body in self._bodies.pop(got.part.path, ()):
            try:
                pages.append(read_page(self._form, body, single=bool(got.part.name)))
            except (BadAnswer, msgspec.MsgspecError, ValueError, RecursionError) as error:
                return Got(part=got.part, failure=Failure.of(not_understood(target, got.part, error, 200)))
        return Got(part=got.part, pages=tuple(pages))
