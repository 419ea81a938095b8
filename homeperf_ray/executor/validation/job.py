"""What to validate."""

from __future__ import annotations

import msgspec

from homeperf_ray.checks.suppression import Suppression
from homeperf_ray.manifests.batch import Options
from homeperf_ray.timings.operation import Operation


class ValidateJob(msgspec.Struct, frozen=True, kw_only=True):
    """What to validate. ``files`` are reported on; all files below ``root`` are known, so that references are found.

    ``given`` are variables of the command line; ``stdin`` is a text to validate by itself. ``exclude`` are globs of
    paths below the root that are known and not reported on. ``cache`` None keeps no results. ``render`` also judges
    what kustomize builds. ``run`` names the run in its timings, which begin with the ``operations``
    that were needed for the job itself.
    """

    files: tuple[str, ...]
    root: str
    options: Options
    given: dict[str, str] = {}
    stdin: bytes | None = None
    exclude: tuple[str, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    cache: str | None = None
    render: bool = False
    run: str = ""
    operations: tuple[Operation, ...] = ()
