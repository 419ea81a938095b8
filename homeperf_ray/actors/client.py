"""The thin client of a runtime. It imports neither ray nor pyarrow, so a warm check starts at once."""

from __future__ import annotations

import contextlib
import math
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self

import msgspec

from homeperf_ray.actors.folder import RuntimeFolder, runtime_folder
from homeperf_ray.actors.protocol import (
    HEADER,
    MAX_ANSWER,
    VERSION,
    Anew,
    Answer,
    CacheHeld,
    Check,
    ClearCache,
    Cleared,
    Gathered,
    Get,
    Hello,
    Judge,
    Outcomes,
    Piece,
    Progress,
    Refused,
    Request,
    Result,
    ShowCache,
    State,
    Status,
    Welcome,
    decode_answer,
    frame,
)
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.kube.errors import KubeError, Unreachable

if TYPE_CHECKING:
    from homeperf_ray.manifests.batch import Done

PATIENCE = 0.2
"""Seconds within which a runtime that is well and idle says hello."""

LONG_PATIENCE = 5.0
"""The same for one that may be busy, where nothing else will do."""

SLACK = 10.0
"""Seconds that a runtime may be late after a job's own timeout."""


class RuntimeGone(Unreachable):
    """The runtime went away, or fell silent, in the middle of a request."""


@dataclass(frozen=True)
class Unavailable:
    """Why there is no runtime to talk to. ``noteworthy`` is false where none was ever started."""

    reason: str
    hint: str
    noteworthy: bool


class Client:
    """One connection to a Gateway. A job ends with the connection: closing it cancels what it runs."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._ends = math.inf

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    def hang_up(self) -> None:
        """End what is under way, in whichever thread it waits: there it raises RuntimeGone."""
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def check(self, job: CheckJob, progress: Callable[[int, int, int], None]) -> Result:
        """Run a job; ``progress`` is told requests, fetched and judged. Raises KubeError where it could not be run."""
        answer = self._ask(Check(job), job.timeout + SLACK)
        while isinstance(answer, Progress):
            progress(answer.requests, answer.fetched, answer.judged)
            answer = self._receive()
        if isinstance(answer, Result):
            return answer
        raise _error(answer)

    def get(self, job: bytes, cache_dir: str, timeout: float, take: Callable[[Piece | Anew], None]) -> Gathered:
        """Read objects within ``timeout`` seconds; ``take`` is told every page. Raises KubeError where it could not be
        done at all.
        """
        answer = self._ask(Get(job, cache_dir), timeout + SLACK)
        while isinstance(answer, Piece | Anew):
            take(answer)
            answer = self._receive()
        if isinstance(answer, Gathered):
            return answer
        raise _error(answer)

    def judge(self, batch: bytes, timeout: float) -> Done:
        """Judge a batch of manifests, encoded. Raises KubeError where it could not be done."""
        from homeperf_ray.manifests.batch import Done

        answer = self._ask(Judge(batch), timeout)
        if isinstance(answer, Outcomes):
            return msgspec.structs.replace(msgspec.msgpack.decode(answer.done, type=Done), lost=answer.lost)
        raise _error(answer)

    def status(self) -> State:
        """What the runtime does. Raises KubeError where it does not say."""
        answer = self._ask(Status(), SLACK)
        if isinstance(answer, State):
            return answer
        raise _error(answer)

    def cache(self) -> CacheHeld:
        """What its cache holds. Raises KubeError where it does not say."""
        answer = self._ask(ShowCache(), SLACK)
        if isinstance(answer, CacheHeld):
            return answer
        raise _error(answer)

    def clear(self, resources: tuple[str, ...]) -> int:
        """Have it forget some resources, all where none is named; how many entries that were. Raises KubeError."""
        answer = self._ask(ClearCache(resources), SLACK)
        if isinstance(answer, Cleared):
            return answer.entries
        raise _error(answer)

    def hello(self, patience: float = LONG_PATIENCE) -> Welcome:
        """Who answers, within ``patience`` seconds. Raises KubeError where nobody does."""
        answer = self._ask(Hello(), patience)
        if isinstance(answer, Welcome):
            return answer
        raise _error(answer)

    def _ask(self, request: Request, seconds: float) -> Answer:
        """The first answer; that and all that follow it have to come within ``seconds``."""
        self._ends = time.monotonic() + seconds
        self._connection.settimeout(seconds)
        try:
            self._connection.sendall(frame(request))
        except OSError as error:
            raise _gone(error) from error
        return self._receive()

    def _receive(self) -> Answer:
        try:
            (length,) = HEADER.unpack(self._exactly(HEADER.size))
            if length > MAX_ANSWER:
                raise Unreachable("the runtime's answer is too large", "Start it anew: homeperf down; homeperf up")
            answer: Answer = decode_answer(self._exactly(length))
        except (OSError, EOFError, msgspec.MsgspecError) as error:
            raise _gone(error) from error
        return answer

    def _exactly(self, count: int) -> bytearray:
        data = bytearray(count)
        view = memoryview(data)
        while view:
            left = self._ends - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._connection.settimeout(left)
            received = self._connection.recv_into(view)
            if not received:
                raise EOFError
            view = view[received:]
        return data


def connect(folder: RuntimeFolder | None = None, *, patience: float = PATIENCE) -> Client | Unavailable:
    """A client of the runtime that is up, of this version, and answers within ``patience`` seconds; or why not."""
    folder = folder or runtime_folder()
    if not folder.socket.exists() and not folder.state.exists():
        return Unavailable("no runtime is up", "Start one with: homeperf up", noteworthy=False)
    if problem := folder.problem():
        return Unavailable(problem, "See homeperf status.", noteworthy=True)
    anew = "Start it anew: homeperf down; homeperf up"
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(patience)
    client = Client(connection)
    try:
        connection.connect(str(folder.socket))
        welcome = client.hello(patience)
    except TimeoutError:
        client.close()
        return Unavailable("the runtime does not answer", anew, noteworthy=True)
    except (OSError, KubeError):
        client.close()
        return Unavailable("the runtime is half up: its Gateway does not answer", anew, noteworthy=True)
    if welcome.version != VERSION:
        client.close()
        return Unavailable(f"the runtime is of version {welcome.version}, not {VERSION}", anew, noteworthy=True)
    return client


def _gone(error: BaseException) -> RuntimeGone:
    reason = "did not answer in time" if isinstance(error, TimeoutError) else "broke off"
    return RuntimeGone(f"the runtime {reason}", "See homeperf status, or run without it: --runner local")


def _error(answer: Answer) -> KubeError:
    if not isinstance(answer, Refused):
        return Unreachable("the runtime gave an answer that was not asked for", "homeperf down; homeperf up")
    kinds: dict[str, type[KubeError]] = {kind.kind: kind for kind in KubeError.__subclasses__()}
    return kinds.get(answer.kind, KubeError)(answer.message, answer.hint)
