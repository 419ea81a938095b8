"""What the thin client and the Gateway say to each other: msgpack in frames, fixed verbs, bounded, never pickle.

A frame is four bytes of length, big-endian, and so many bytes of msgpack.
"""

from __future__ import annotations

import struct

import msgspec

from homeperf_ray import __version__
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.executor.pool_state import PoolState
from homeperf_ray.executor.report import Report
from homeperf_ray.limits.lease import BudgetState

PROTOCOL = 6
VERSION = f"{__version__}/{PROTOCOL}"
"""Client and Gateway talk only when this is the same on both sides."""

MAX_REQUEST = 1 << 20
"""Bytes of a request; a larger one is refused unread."""

MAX_LOGIN = 1024
"""Bytes of what is read of a stranger."""

MAX_ANSWER = 1 << 30

HEADER = struct.Struct(">I")


class Login(msgspec.Struct, frozen=True, tag="login"):
    """The first frame to the Gateway of a cluster, and the only one that it reads of a stranger.

    A token that is wrong is answered by Refused and the end; one that is right is not answered.
    """

    token: str

    def __repr__(self) -> str:
        return "Login(token='***')"


class Hello(msgspec.Struct, frozen=True, tag="hello"):
    """Who are you? Answered by Welcome."""

    version: str = VERSION


class Check(msgspec.Struct, frozen=True, tag="check"):
    """Run a job. Answered by Progress, any number of times, and then Result or Refused."""

    job: CheckJob


class Judge(msgspec.Struct, frozen=True, tag="judge"):
    """Judge a batch of manifests, as msgpack of ``manifests.batch.Batch``. Answered by Outcomes or Refused."""

    batch: bytes


class Get(msgspec.Struct, frozen=True, tag="get"):
    """Read objects, as msgpack of ``objects.job.GetJob`` says. Answered by Piece and Anew, any number of times, and
    then Gathered or Refused.

    ``cache_dir`` is where the names of resource types are kept, empty for nowhere.
    """

    job: bytes
    cache_dir: str = ""


class Status(msgspec.Struct, frozen=True, tag="status"):
    """What are you doing? Answered by State."""


class ShowCache(msgspec.Struct, frozen=True, tag="show_cache"):
    """What do you hold? Answered by CacheHeld."""


class ClearCache(msgspec.Struct, frozen=True, tag="clear_cache"):
    """Forget what is held of these resources (``pods``, ``deployments.apps``), of all for none. Answered by Cleared."""

    resources: tuple[str, ...] = ()


Request = Hello | Check | Get | Judge | Status | ShowCache | ClearCache

REMOTE = (Hello, Check, Status)
"""What a workstation may ask of the runtime of a cluster."""


class Welcome(msgspec.Struct, frozen=True, tag="welcome"):
    version: str
    pid: int


class Progress(msgspec.Struct, frozen=True, tag="progress"):
    """LISTs in the plan, LISTs that have their outcome, checks that are judged."""

    requests: int
    fetched: int
    judged: int


class Result(msgspec.Struct, frozen=True, tag="result"):
    """The report, and the run's timings as finished Parquet bytes."""

    report: Report
    timings: bytes


class Piece(msgspec.Struct, frozen=True, tag="piece"):
    """One page of the part with that path, as the server sent it."""

    path: str
    body: bytes


class Anew(msgspec.Struct, frozen=True, tag="anew"):
    """The list of the part with that path begins anew: its pieces so far are void."""

    path: str


class Gathered(msgspec.Struct, frozen=True, tag="gathered"):
    """What was asked for and what failed, without pages, as msgpack of ``objects.outcome.Gathering``; and the run's
    timings as finished Parquet bytes.

    ``target`` is what errors call the server.
    """

    gathering: bytes
    target: str
    timings: bytes


class Outcomes(msgspec.Struct, frozen=True, tag="outcomes"):
    """What became of a batch, as msgpack of ``manifests.batch.Done``, and how many workers died over it before."""

    done: bytes
    lost: int = 0


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """The request could not be done: an error's kind, what is wrong, what to do."""

    kind: str
    message: str
    hint: str = ""


class WorkerState(msgspec.Struct, frozen=True):
    """One NodeWorker; ``pid`` is 0 while it does not answer. ``versions`` are those of its own process."""

    name: str
    node: str
    pid: int
    versions: dict[str, str] = {}
    pools: tuple[PoolState, ...] = ()


class NodeState(msgspec.Struct, frozen=True):
    """One node of the runtime, as Ray knows it."""

    name: str
    address: str
    alive: bool


class State(msgspec.Struct, frozen=True, tag="state"):
    """The runtime: its nodes and workers, its budgets, and what its cache holds. Times are in seconds.

    ``idle`` is the time since the last check, ``idle_stop`` how long that may be; 0 for ever.
    """

    version: str
    uptime: float
    running: int
    workers: tuple[WorkerState, ...]
    entries: int
    bytes: int
    hits: int
    misses: int
    watched: int = 0
    idle: float = 0.0
    idle_stop: float = 0.0
    nodes: tuple[NodeState, ...] = ()
    budgets: tuple[BudgetState, ...] = ()
    versions: dict[str, str] = {}


class CacheEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the cache. ``age`` is in seconds: since it was read, or since its watch was last heard of.

    ``state`` is ``watched`` (kept current), ``refreshed`` (it cannot be watched and is listed every so often),
    ``stale`` (its watch is down), ``loading``, or ``cached`` (read once, good for ``--max-age``). ``user`` tells apart
    those who read one server: the beginning of a digest of their credentials.
    """

    server: str
    context: str
    user: str
    resource: str
    namespace: str
    rows: int
    bytes: int
    age: float
    version: str
    hits: int
    state: str
    reason: str = ""
    worker: str = ""


class CacheHeld(msgspec.Struct, frozen=True, tag="cache_held"):
    """Everything that the cache holds, and the most bytes that it may."""

    entries: tuple[CacheEntry, ...]
    bytes: int
    max_bytes: int


class Cleared(msgspec.Struct, frozen=True, tag="cleared"):
    """How many entries were forgotten."""

    entries: int


Answer = Welcome | Progress | Result | Piece | Anew | Gathered | Outcomes | Refused | State | CacheHeld | Cleared

encode = msgspec.msgpack.Encoder().encode
decode_request = msgspec.msgpack.Decoder(Request).decode
decode_login = msgspec.msgpack.Decoder(Login).decode
decode_answer = msgspec.msgpack.Decoder(Answer).decode


def frame(message: Login | Request | Answer) -> bytes:
    """A message as it goes over the socket."""
    body = encode(message)
    return HEADER.pack(len(body)) + body
