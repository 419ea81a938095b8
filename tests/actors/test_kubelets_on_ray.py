"""Kubelets asked by the workers of a runtime, and what they told kept in its cache."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from homeperf_ray.sim.process import RunningSim
from tests.actors.test_check_on_ray import findings
from tests.cli.command import Homeperf
from tests.homelab import start_homelab

pytestmark = pytest.mark.ray


@pytest.fixture(scope="module")
def world() -> Iterator[RunningSim]:
    with start_homelab(kubelets="signed") as sim:
        yield sim


def test_ray_finds_what_local_finds_and_asks_no_kubelet_again(runtime: Homeperf, world: RunningSim):
    asked = ("storage", "--kubelet", "--context", "stats")
    ray = runtime.check(world.kubeconfig, "--fresh", *asked, runner="ray").report
    local = runtime.check(world.kubeconfig, *asked).report
    assert ray["runner"] == "ray"
    assert findings(ray) == findings(local)
    assert len(ray["volumes"]) == len(local["volumes"]) > 30
    before = world.kubelets()["received"]
    again = runtime.check(world.kubeconfig, "--max-age", "10m", *asked, runner="ray").report
    assert world.kubelets()["received"] == before
    assert again["ledger"]["kubelets"] == 0
    assert findings(again) == findings(ray)
    assert any("measured up to" in note for note in again["notes"])


def test_what_was_told_on_one_way_is_no_answer_to_who_allows_another(runtime: Homeperf, world: RunningSim):
    asked = ("storage", "--kubelet", "--context", "stats", "--max-age", "10m")
    runtime.check(world.kubeconfig, *asked, runner="ray")
    before = sum(world.kubelets()["received"].values())
    direct = runtime.check(world.kubeconfig, *asked, "--kubelet-access", "direct", runner="ray").report
    assert sum(world.kubelets()["received"].values()) - before >= direct["ledger"]["kubelets"] > 0


def test_a_kubelet_that_hangs_holds_no_warm_check(runtime: Homeperf, world: RunningSim):
    """What it did not tell is kept as what another told: it is not waited for again."""
    asked = ("storage", "--kubelet", "--context", "stats")
    number = world.fault("kubelet", node="k8s-cp-1")
    try:
        first = runtime.check(world.kubeconfig, "--fresh", *asked, runner="ray").report
        warm = runtime.check(world.kubeconfig, "--max-age", "10m", *asked, runner="ray").report
    finally:
        world.clear_faults(number)
    for report in (first, warm):
        assert [one["object"] for one in report["details"] if one["code"] == "HP331"] == ["Node/k8s-cp-1"]
    assert warm["ledger"]["kubelets"] == 0
