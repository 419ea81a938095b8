"""What was done in the background is given away once, and to nobody else."""

from __future__ import annotations

from homeperf_ray.timings.background import Background, Done
from homeperf_ray.timings.operation import Operation


def done(number: int, server: str = "server", identity: str = "me") -> Done:
    return Done(server, identity, Operation(kind="watch", started=float(number)))


def taken(background: Background, server: str = "server", identity: str = "me") -> list[float]:
    return [operation.started for operation in background.take(server, identity)]


def test_each_operation_is_given_away_once():
    background = Background()
    background.add([done(1), done(2)])
    assert taken(background) == [1.0, 2.0]
    assert taken(background) == []
    background.add([done(3)])
    assert taken(background) == [3.0]


def test_nobody_gets_what_was_done_for_another_server_or_identity():
    background = Background()
    background.add([done(1), done(2, identity="you"), done(3, server="other"), done(4)])
    assert taken(background) == [1.0, 4.0]
    assert taken(background, identity="you") == [2.0]
    assert taken(background, server="other") == [3.0]


def test_the_oldest_are_forgotten():
    background = Background(most=2)
    background.add([done(1), done(2), done(3)])
    assert taken(background) == [2.0, 3.0]
