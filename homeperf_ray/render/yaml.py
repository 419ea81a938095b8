"""``-o yaml``: the object of ``-o json``, in ASCII."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import yaml

from homeperf_ray.executor.report import Survey
from homeperf_ray.kube.errors import KubeError
from homeperf_ray.render.document import document, failed


def lines(survey: Survey, width: int) -> Iterator[str]:
    """The survey as the documented object."""
    yield _dumped(document(survey))


def failure_lines(error: KubeError) -> Iterator[str]:
    """The same for a run that could not begin."""
    yield _dumped(failed(error))


def _dumped(value: dict[str, Any]) -> str:
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text: str = yaml.dump(msgspec.to_builtins(value), Dumper=dumper, sort_keys=False, allow_unicode=False, width=120)
    return text.rstrip("\n")
