"""Many probes at once."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from homeperf_ray.probes.outcome import Outcome
from homeperf_ray.probes.probe import Probe, TcpProbe
from homeperf_ray.probes.prober import Prober
from homeperf_ray.probes.resolving import System, read_system
from homeperf_ray.probes.run import run_probes
from tests.probes.lab import HOST, Lab, dns, until


class Watched:
    """Counts how many probes are under way; one to port 1 waits for ``gate``."""

    def __init__(self) -> None:
        self.now = self.most = 0
        self.done: list[Probe] = []
        self.gate = asyncio.Event()

    async def probe(self, probe: Any) -> Outcome:
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await (self.gate.wait() if probe.port == 1 else asyncio.sleep(0))
        finally:
            self.now -= 1
        self.done.append(probe)
        return Outcome(target=str(probe), protocol="tcp", vantage="here")

    unprobed = Prober.unprobed
    _vantage = "here"


async def run(prober: Any, probes: list[Probe], **changed: Any) -> list[Outcome]:
    return await run_probes(prober, probes, **{"active": 4, "in_flight": 64, "deadline": 60.0} | changed)


async def test_outcomes_come_in_the_order_of_the_probes_and_equal_ones_are_done_once():
    watched = Watched()
    probes: list[Probe] = [TcpProbe("a", 5), TcpProbe("b", 6), TcpProbe("a", 5)]
    found = await run(watched, probes)
    assert [outcome.target for outcome in found] == ["tcp://a:5", "tcp://b:6", "tcp://a:5"]
    assert len(watched.done) == 2


async def test_no_more_are_at_work_than_may_be():
    watched = Watched()
    await run(watched, [TcpProbe("a", port) for port in range(2, 100)])
    assert watched.most <= 4


async def test_slow_ones_do_not_hold_the_others():
    """More hang than may be at work at once; everybody else is served before any of them ends."""
    watched = Watched()
    slow: list[Probe] = [TcpProbe(f"slow{number}", 1) for number in range(20)]
    quick: list[Probe] = [TcpProbe("a", port) for port in range(2, 50)]
    running = asyncio.create_task(run(watched, [*slow, *quick]))
    await until(lambda: len(watched.done) >= len(quick))
    assert not any(probe in watched.done for probe in slow)
    watched.gate.set()
    assert len(await running) == 68


async def test_what_waits_is_bounded_too():
    watched = Watched()
    running = asyncio.create_task(run(watched, [TcpProbe(f"s{number}", 1) for number in range(30)], in_flight=8))
    await until(lambda: watched.now >= 8)
    await asyncio.sleep(0.5)
    assert watched.most == 8
    watched.gate.set()
    await running


async def test_when_the_time_for_all_is_over_the_rest_is_said_not_to_be_probed():
    watched = Watched()
    watched.gate.set()
    found = await run(watched, [TcpProbe("a", port) for port in range(2, 20)], deadline=0.0)
    assert {outcome.fault for outcome in found} == {"not_probed"}
    assert not watched.done


async def test_a_name_is_asked_for_once_a_run(lab: Lab):
    prober = Prober(lab.settings(), "here", System())
    found = await run(prober, [lab.http(path=f"/{number}") for number in range(20)])
    await prober.close()
    assert {outcome.status for outcome in found} == {200}
    assert lab.dns.asked == 2


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux shows the open files of a process")
async def test_nothing_is_left_open(lab: Lab):
    lab.wrong("http", "silent", host="x3.home.arpa")
    lab.wrong("tls", "silent", host="x4.home.arpa")
    lab.wrong("tls", "self-signed", host="x5.home.arpa")
    lab.wrong("tls", "alert", host="x6.home.arpa")
    lab.wrong("dns", "silent", host="x7.home.arpa")
    hosts = [f"x{number}.home.arpa" for number in range(10)]
    lab.zone.update({host: {"A": ["127.0.0.1"]} for host in hosts})

    async def round_() -> None:
        prober = Prober(lab.settings(timeout=0.5), "here", System())
        probes = [probe for host in hosts for probe in (lab.https(host), lab.http(host), lab.tls(host), dns(host))]
        await run(prober, probes, active=16)
        await prober.close()

    await round_()
    await asyncio.sleep(0.1)
    before = descriptors()
    for _ in range(2):
        await round_()
    await until(lambda: descriptors() <= before + 30)
    others = [task for task in asyncio.all_tasks() if "probe" in repr(task.get_coro())]
    assert not others


async def test_a_run_that_is_cancelled_ends_at_once(lab: Lab):
    lab.wrong("http", "silent")
    prober = Prober(lab.settings(timeout=60.0), "here", System())
    running = asyncio.create_task(run(prober, [lab.http(path=f"/{number}") for number in range(10)]))
    await asyncio.sleep(0.1)
    clock = time.monotonic()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await prober.close()
    assert time.monotonic() - clock < 30


def test_the_hosts_file_is_read(tmp_path: Path):
    hosts = tmp_path / "hosts"
    hosts.write_text("# mine\n192.168.1.5 NAS nas.home.arpa # here\nfd00::5 nas\nnonsense nas\n\n127.0.0.1\n")
    system = read_system(hosts)
    assert [str(one) for one in system.hosts["nas"]] == ["192.168.1.5", "fd00::5"]
    assert [str(one) for one in system.hosts["nas.home.arpa"]] == ["192.168.1.5"]


async def test_the_hosts_file_comes_before_dns_and_is_checked_too(lab: Lab, tmp_path: Path):
    hosts = tmp_path / "hosts"
    hosts.write_text(f"169.254.169.254 {HOST}\n")
    prober = Prober(lab.settings(), "here", System((), (), read_system(hosts).hosts))
    outcome = await prober.probe(lab.http())
    await prober.close()
    assert outcome.fault == "address_refused"
    assert lab.dns.asked == 0


async def test_a_machine_without_any_dns_server_says_so(lab: Lab):
    prober = Prober(lab.settings(resolvers=()), "here", System())
    outcome = await prober.probe(lab.http())
    await prober.close()
    assert (outcome.fault, outcome.stage, outcome.reason) == ("unreachable", "dns", "there is no DNS server to ask")


async def test_a_name_of_one_label_is_looked_for_in_the_search_domains(lab: Lab):
    prober = Prober(lab.settings(), "here", System((), ("lan", "home.arpa")))
    outcome = await prober.probe(TcpProbe("plex", lab.edge.http))
    await prober.close()
    assert not outcome.fault
