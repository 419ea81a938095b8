"""Worker processes on this machine. One may be killed at any time: what it held is judged by another.

A batch whose worker died is cut in halves, so that a file that kills whoever judges it is soon alone, and its
neighbours are judged all the same.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from typing import Any, NamedTuple, Self

import msgspec

from homeperf_ray.manifests.batch import Batch, Done, judge_batch, judge_bytes, judge_of, schemas_of

ATTEMPTS = 2
"""Workers that may die over one file alone before nobody judges it any more."""

Judging = Callable[[bytes, str], bytes]


class Part(NamedTuple):
    """A piece of batch ``number``: its items from ``start`` on. ``lost`` workers have died over just this."""

    number: int
    start: int
    batch: Batch
    lost: int = 0

    def again(self) -> list[Part]:
        """What is judged again when a worker has died over it: both halves, or the one item; nothing at the end."""
        items = self.batch.items
        middle = len(items) // 2
        if not middle:
            return [self._replace(lost=self.lost + 1)] if self.lost + 1 < ATTEMPTS else []
        cut = ((self.start, items[:middle]), (self.start + middle, items[middle:]))
        return [Part(self.number, start, Batch(self.batch.options, some)) for start, some in cut]


class Piece(NamedTuple):
    """What became of a part. ``done`` None is a worker that died over it; ``given_up`` where nobody tries again."""

    part: Part
    done: Done | None
    given_up: bool = False


def judge_in_processes(batches: Sequence[Batch], workers: int, judging: Judging = judge_bytes) -> Iterator[Piece]:
    """Judge batches in so many processes, which end before this does. What they answer comes as it is done.

    Of every item there is one answer, or one part that was given up.
    """
    for options in {batch.options for batch in batches}:
        judge_of(options)
        schemas_of(options).bundled.prepare()
    with _Crew(workers, judging) as crew:
        todo = deque(Part(number, 0, batch) for number, batch in enumerate(batches))
        while todo or crew.busy:
            crew.hire(len(todo))
            if not crew.members:
                part = todo.popleft()
                yield Piece(part, judge_batch(part.batch))
                continue
            for worker in crew.idle[: len(todo)]:
                worker.give(todo.popleft())
            for piece in crew.answers():
                again = piece.part.again() if piece.done is None else []
                todo.extendleft(reversed(again))
                yield piece._replace(given_up=piece.done is None and not again)


class _Worker:
    """A process and the pipe to it. A process that is forked closes the pipes to its ``elders``, or none would end."""

    def __init__(self, name: str, judging: Judging, elders: Sequence[_Worker]) -> None:
        context: Any = multiprocessing.get_context("fork" if os.name == "posix" else "spawn")
        self.part: Part | None = None
        self.pipe, theirs = context.Pipe()
        above = [self.pipe, *(one.pipe for one in elders)] if os.name == "posix" else []
        self._process = context.Process(target=_serve, args=(theirs, above, name, judging), daemon=True)
        try:
            self._process.start()
        finally:
            theirs.close()

    def give(self, part: Part) -> None:
        self.part = part
        try:
            self.pipe.send_bytes(msgspec.msgpack.encode(part.batch))
        except OSError:
            """It has died, which shows when its answer is read."""

    def answer(self) -> Piece:
        """What became of the part in its hands."""
        part, self.part = self.part, None
        assert part is not None
        try:
            done = msgspec.msgpack.decode(self.pipe.recv_bytes(), type=Done)
        except (EOFError, OSError):
            return Piece(part, None)
        return Piece(part, msgspec.structs.replace(done, lost=part.lost))

    def end(self) -> None:
        self.pipe.close()
        self._process.kill()
        self._process.join()


class _Crew:
    """As many workers as there is work for. Where the system starts no more, those that there are do it."""

    def __init__(self, most: int, judging: Judging) -> None:
        self.members: list[_Worker] = []
        self._most = most
        self._judging = judging
        self._hired = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for one in self.members:
            one.end()

    @property
    def busy(self) -> list[_Worker]:
        return [one for one in self.members if one.part is not None]

    @property
    def idle(self) -> list[_Worker]:
        return [one for one in self.members if one.part is None]

    def hire(self, waiting: int) -> None:
        """Start workers for so many parts that wait."""
        while len(self.members) < self._most and len(self.idle) < waiting:
            try:
                with _uninterrupted():
                    self.members.append(_Worker(f"process-{self._hired}", self._judging, self.members))
            except OSError:
                self._most = len(self.members)
            self._hired += 1

    def answers(self) -> Iterator[Piece]:
        """What the next workers say, or left behind."""
        by_pipe = {one.pipe: one for one in self.busy}
        for pipe in wait(list(by_pipe)):
            worker = by_pipe[pipe]
            piece = worker.answer()
            if piece.done is None:
                self.members.remove(worker)
                worker.end()
            yield piece


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Hold an interrupt back, so that no process is started that nobody knows of."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(pipe: Connection, others: Sequence[Connection], name: str, judging: Judging) -> None:
    """Judge what comes, until nobody is there any more. An interrupt is for the command, which ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for other in others:
        other.close()
    while True:
        try:
            pipe.send_bytes(judging(pipe.recv_bytes(), name))
        except (EOFError, OSError):
            return
