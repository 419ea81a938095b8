"""A batch of files for a worker: what to judge, by which schemas, with which variables."""

from __future__ import annotations

import os
import platform
import time
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import msgspec

from homeperf_ray.manifests.bundled import Bundled
from homeperf_ray.manifests.envsubst import Variables
from homeperf_ray.manifests.fault import Fault, Judged
from homeperf_ray.manifests.outcome import Outcome
from homeperf_ray.manifests.published import Published
from homeperf_ray.manifests.schemas import Found, Schemas
from homeperf_ray.manifests.values import Unknown

if TYPE_CHECKING:
    from homeperf_ray.manifests.judging import Judge


class Options(msgspec.Struct, frozen=True):
    """By what files are judged: Kubernetes' version, folders of schemas, and schemas as ``extra`` JSON.

    ``extra`` is a list of group, version, kind, schema and warning, encoded once for all batches. ``aim`` is the
    version that decides which API versions are gone, where no schemas of just that version are carried; ``published``
    is a file of definitions that a cluster of ``version`` has published.
    """

    version: str
    strict: bool = False
    folders: tuple[str, ...] = ()
    extra: bytes = b""
    aim: str = ""
    published: str = ""


class Variable(msgspec.Struct, frozen=True, array_like=True):
    """One variable; ``value`` None is one that only the cluster knows."""

    name: str
    value: str | None


class Item(msgspec.Struct, frozen=True):
    """One file: its content, its path in the tree, and its variables; None where nothing is substituted."""

    data: bytes
    path: str
    variables: tuple[Variable, ...] | None = None
    open: bool = False


class Batch(msgspec.Struct, frozen=True):
    """Files that one worker judges by the same options."""

    options: Options
    items: tuple[Item, ...]


class Done(msgspec.Struct, frozen=True):
    """A batch that was judged: the outcomes in its order, and who needed how many ``seconds`` for them.

    ``started`` is Unix time. ``lost`` counts the workers that died over it before.
    """

    outcomes: tuple[Outcome, ...]
    started: float
    seconds: float
    worker: str = "local"
    node: str = ""
    pid: int = 0
    lost: int = 0


@lru_cache(4)
def schemas_of(options: Options) -> Schemas:
    """The schemas of these options. Raises SchemaError."""
    extra = msgspec.msgpack.decode(options.extra, type=list[tuple[str, str, str, bytes, str]]) if options.extra else []
    found = {
        (group, version, kind): Found(msgspec.json.decode(schema), against)
        for group, version, kind, schema, against in extra
    }
    own = Published(options.version, options.published) if options.published else Bundled(options.version)
    return Schemas(own, map(Path, options.folders), found)


@lru_cache(4)
def judge_of(options: Options) -> Judge:
    """The judge of these options: schemas are read once a process. It is imported when there is something to judge."""
    from homeperf_ray.manifests.judging import Judge

    return Judge(schemas_of(options), strict=options.strict, aim=options.aim)


def judge_batch(batch: Batch, worker: str = "local") -> Done:
    """Judge a batch. Raises SchemaError."""
    started, clock = time.time(), time.perf_counter()
    judge = judge_of(batch.options)
    outcomes = tuple(_guarded(judge, item) for item in batch.items)
    return Done(outcomes, started, time.perf_counter() - clock, worker, platform.node(), os.getpid())


def judge_bytes(batch: bytes, worker: str = "local") -> bytes:
    """The same for a batch as msgpack, as it travels; Done as msgpack."""
    return msgspec.msgpack.encode(judge_batch(msgspec.msgpack.decode(batch, type=Batch), worker))


def unjudged(why: str) -> Outcome:
    """The outcome of a file that could not be judged."""
    return Outcome((Judged("error", 1),), (Fault("HP903", "error", 1, 1, why),))


def _guarded(judge: Judge, item: Item) -> Outcome:
    try:
        return judge.judge(item.data, PurePosixPath(item.path), variables_of(item))
    except MemoryError:
        return unjudged("could not be judged: it needs more memory than there is")


def variables_of(item: Item) -> Variables | None:
    """The variables of an item as values."""
    if item.variables is None:
        return None
    values = Variables(
        {one.name: Unknown(f"${{{one.name}}}") if one.value is None else one.value for one in item.variables}
    )
    values.open = item.open
    return values


def item_of(data: bytes, path: str, values: Variables | None) -> Item:
    """An item that carries these values. Of a path that is no text only what it says as one travels."""
    path = path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    if values is None:
        return Item(data, path)
    pairs = tuple(Variable(name, None if isinstance(value, Unknown) else str(value)) for name, value in values.items())
    return Item(data, path, tuple(sorted(pairs, key=lambda one: one.name)), values.open)
