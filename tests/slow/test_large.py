"""20,000 pods in 300 namespaces: many pages, and judging that is dealt to all workers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import Homeperf
from tests.homelab import lists, start_homelab

pytestmark = [pytest.mark.slow, pytest.mark.ray]


@pytest.fixture(scope="module")
def large():
    with start_homelab(pods=20_000, namespaces=300, nodes=40, pvcs=400) as sim:
        yield sim


def test_three_workers_judge_a_large_cluster_as_one_process_does(large, tmp_path: Path):
    homeperf = Homeperf(tmp_path)
    try:
        assert homeperf.run("up", "--workers", "3", timeout=180).code == 0
        large.reset_counts()
        ray = homeperf.check(large.kubeconfig, "--timeout", "120s", runner="ray").report
        assert lists(large)["pods"] == 40
        assert ray["ledger"]["sent"] == large.counts()["total"]
        again = homeperf.check(large.kubeconfig, "--timeout", "120s", runner="ray").report
    finally:
        homeperf.run("down")
    local = homeperf.check(large.kubeconfig, "--timeout", "120s", runner="local").report
    assert local["ledger"]["batches"] < ray["ledger"]["batches"]
    assert ray["summary"] == local["summary"] == again["summary"]
    assert ray["details"] == local["details"] == again["details"]
    assert again["ledger"]["sent"] == 0
