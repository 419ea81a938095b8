"""``check --watch`` in a terminal, on a homelab that changes."""

from __future__ import annotations

import sys

import pytest

from tests.cli.command import Homeperf
from tests.cli.terminal import Terminal


@pytest.fixture
def small(make_homelab):
    return make_homelab(nodes=3, namespaces=6, pods=40, pvcs=4, healthy=True)


def watching(homeperf: Homeperf, sim, *arguments: str) -> Terminal:
    command = [sys.executable, "-m", "homeperf_ray.cli.main", "check", "--runner", "local", *arguments]
    return Terminal(command, {**homeperf.environment, "KUBECONFIG": str(sim.kubeconfig)})


def test_a_change_is_drawn_in_its_place_and_the_terminal_is_given_back(homeperf: Homeperf, small):
    terminal = watching(homeperf, small, "nodes", "--watch=1s")
    terminal.until(lambda text: "healthy" in text)
    assert b"\x1b[?1049h" in terminal.received
    drawn = len(terminal.received)
    small.patch("nodes", "", "k8s-worker-1", {"spec": {"unschedulable": True}})
    terminal.until(lambda text: "cordoned" in text)
    assert b"\x1b[2J" not in terminal.received[drawn:], "only what changed is drawn anew"
    small.patch("nodes", "", "k8s-worker-1", {"spec": {"unschedulable": None}})
    terminal.until(lambda text: "HP107" not in text or "FIXED" in text)
    assert terminal.interrupt() == 0
    assert terminal.received.endswith(b"\x1b[?7h\x1b[?25h\x1b[?1049l")


def test_a_server_that_goes_away_is_told_and_watched_for(homeperf: Homeperf, small):
    terminal = watching(homeperf, small, "nodes", "--watch=1s", "--request-timeout=1s", "--timeout=2s")
    terminal.until(lambda text: "healthy" in text)
    number = small.fault("reset")
    terminal.until(lambda text: "homeperf: " in text)
    small.clear_faults(number)
    terminal.until(lambda text: "healthy" in text and "homeperf: " not in text)
    assert terminal.interrupt() == 0


def test_an_interval_that_is_too_short_is_refused(homeperf: Homeperf, small):
    done = homeperf.check(small.kubeconfig, "--watch=10ms")
    assert done.code == 3
    assert "too short" in done.err
