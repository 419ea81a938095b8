"""The thin client and a runtime that does not keep to what was agreed."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from homeperf_ray.actors import client as client_module
from homeperf_ray.actors.client import Client, RuntimeGone
from homeperf_ray.actors.protocol import HEADER, Piece, Progress, frame
from homeperf_ray.cli.drive import side_by_side
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.kube.request import Access

JOB = CheckJob(run="18f-1", access=Access(()), timeout=0.2)


@pytest.fixture(autouse=True)
def _no_slack(monkeypatch):
    monkeypatch.setattr(client_module, "SLACK", 0.2)


@contextlib.contextmanager
def answering(piece: bytes, pause: float = 0.0) -> Iterator[Client]:
    """A client of a peer that says ``piece`` again and again until nobody listens."""
    mine, theirs = socket.socketpair()
    over = threading.Event()

    def say() -> None:
        with contextlib.suppress(OSError):
            while not over.wait(pause):
                theirs.sendall(piece)

    thread = threading.Thread(target=say)
    thread.start()
    try:
        with Client(mine) as client:
            yield client
    finally:
        over.set()
        theirs.shutdown(socket.SHUT_RDWR)
        thread.join(10)
        theirs.close()


def test_progress_without_end_is_not_listened_to_for_ever():
    with answering(frame(Progress(3, 1, 0)) * 1000) as client, pytest.raises(RuntimeGone, match="in time"):
        client.check(JOB, lambda *_: None)


def test_pages_without_end_are_not_taken_for_ever():
    with answering(frame(Piece("/api/v1/pods", b"{}")) * 1000) as client, pytest.raises(RuntimeGone, match="in time"):
        client.get(b"", "", 0.2, lambda _: None)


def test_an_answer_that_comes_bit_by_bit_has_no_more_time():
    with answering(HEADER.pack(1 << 24), pause=0.05) as client, pytest.raises(RuntimeGone, match="in time"):
        client.check(JOB, lambda *_: None)


@pytest.mark.parametrize("error", [RuntimeGone("it broke off"), KeyboardInterrupt()], ids=["gone", "interrupted"])
def test_who_is_silent_is_not_waited_for_where_another_one_ended(monkeypatch, error):
    monkeypatch.setattr(client_module, "SLACK", 600.0)
    silent, theirs = socket.socketpair()
    ended: list[str] = []
    begun = threading.Event()

    def ask(client: Client, job: CheckJob) -> None:
        if client is broken:
            begun.wait(30)
            raise error
        begun.set()
        try:
            client.check(job, lambda *_: None)
        except RuntimeGone as gone:
            ended.append(gone.message)

    broken = Client(socket.socket())
    with broken, Client(silent) as client, theirs, pytest.raises(type(error)):
        side_by_side(ask, [broken, client], [JOB, JOB])
    assert ended == ["the runtime broke off"]
