"""One text, judged by itself, with the lamps of a home as custom resources."""

from __future__ import annotations

from functools import cache
from pathlib import PurePosixPath

from homeperf_ray.manifests.bundled import Bundled, versions
from homeperf_ray.manifests.judging import Judge
from homeperf_ray.manifests.outcome import Outcome
from homeperf_ray.manifests.schemas import Schemas, definitions
from tests.manifests.mistakes import CRD


@cache
def judge(version: str = "", *, strict: bool = False) -> Judge:
    schemas = Schemas(Bundled(version or versions()[-1]), (), definitions(CRD.encode()))
    return Judge(schemas, strict=strict)


def outcome(
    text: str | bytes, path: str = "a.yaml", *, strict: bool = False, values=None, version: str = ""
) -> Outcome:
    data = text if isinstance(text, bytes) else text.encode()
    return judge(version, strict=strict).judge(data, PurePosixPath(path), values)


def codes(text: str | bytes, path: str = "a.yaml", **options) -> list[tuple[str, int]]:
    return [(fault.code, fault.line) for fault in outcome(text, path, **options).faults]
