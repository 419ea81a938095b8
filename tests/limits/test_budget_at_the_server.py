"""What the server sees of several processes: no window of any length holds more than the budget."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from homeperf_ray.limits.lease import EXPIRY
from tests.cli.command import Homeperf
from tests.limits.windows import most_in_any_window

QPS, BURST, RUNS = 40, 20, 4


def test_local_runs_of_one_user_share_one_budget_as_the_server_sees_it(make_homelab, tmp_path: Path):
    sim = make_homelab()
    homeperf = Homeperf(tmp_path)
    options = ("--qps", str(QPS), "--burst", str(BURST), "--no-timings")
    sim.reset_counts()
    with ThreadPoolExecutor(RUNS) as threads:
        done = list(threads.map(lambda _: homeperf.check(sim.kubeconfig, *options), range(RUNS)))
    assert all(one.code != 3 for one in done), [one.err for one in done]
    moments = sorted(one["time"] for one in sim.arrivals()["arrivals"])
    assert len(moments) == sum(one.report["ledger"]["sent"] for one in done) > 2 * BURST
    assert most_in_any_window(moments, QPS, slack=EXPIRY) <= BURST
    budget = homeperf.run("status")
    assert f"of {QPS} requests a second" in budget.out
    assert sim.url in budget.out
