"""``python -m benchmarks.probes``: `check network --probe` against one dig and one curl a host, and 1,000 targets.

The homelab answers on loopback. The first table takes whole commands in turns: homeperf with all of its start-up, its
reading and judging of the cluster; dig and curl only for the hosts, whose names and ports they are handed for nothing.
dig asks the home's DNS server; curl connects to where that leads, trusts the homelab's authority and reads the page.

The second figure is 1,000 HTTPS targets of which some are dead in each way that costs time: silence after TCP, in the
handshake, in HTTP, and of the DNS server.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import uvloop

from homeperf_ray.probes.outcome import Outcome
from homeperf_ray.probes.probe import HttpProbe, Probe, TcpProbe
from homeperf_ray.probes.prober import Prober
from homeperf_ray.probes.run import run_probes
from homeperf_ray.probes.settings import ProbeSettings
from homeperf_ray.sim.answering.endpoints import Endpoints
from homeperf_ray.sim.answering.ports import Ports
from homeperf_ray.sim.process import RunningSim, start

DOMAIN = "bench.home.arpa"


def main() -> None:
    """Run both and print tables in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=5)
    parser.add_argument("--pods", type=int, default=900, help="of the homelab; it publishes a fifteenth as many hosts")
    parser.add_argument("--targets", type=int, default=1_000)
    parser.add_argument("--dead", type=int, default=50, help="of the targets; in four ways")
    parser.add_argument("--http-latency", type=float, default=0.0, help="of every page, in milliseconds")
    chosen = parser.parse_args()
    with start(endpoints=True, healthy=True, pods=chosen.pods) as sim, tempfile.TemporaryDirectory() as home:
        if chosen.http_latency:
            sim.fault("http", answer="slow", seconds=chosen.http_latency / 1000)
        _against_the_tools(sim, home, chosen.samples)
        _many(sim, chosen.targets, chosen.dead, chosen.samples)


def _against_the_tools(sim: RunningSim, home: str, samples: int) -> None:
    assert sim.endpoints
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": home,
        "KUBECONFIG": str(sim.kubeconfig),
        "HOMEPERF_CONFIG": sim.endpoints.configuration,
        "HOMEPERF_RUNTIME_DIR": f"{home}/run",
    }
    homeperf = [sys.executable, "-m", "homeperf_ray.cli.main"]
    probe = [*homeperf, "check", "network", "--probe", "--runner", "local", "--no-timings"]
    done = subprocess.run([*probe, "-o", "json"], env=environment, stdout=subprocess.PIPE, check=False)
    report = msgspec.json.decode(done.stdout)
    hosts = [one["target"].split("/")[2].partition(":")[0] for one in report["probes"] if one["status"]]
    assert not any(one["fault"] for one in report["probes"]), report["issues"]
    print(f"{len(hosts)} hosts, {len(report['probes'])} probes in all, of which homeperf finds all well\n")
    ways = {
        "dig and curl, one each a host, one after the other": _tools(hosts, sim.endpoints, 1),
        "the same, ten at once": _tools(hosts, sim.endpoints, 10),
        "homeperf check network": [*probe[:4], *probe[5:]],
        "homeperf check network --probe": probe,
    }
    walls: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(-1, samples):
        for name, command in ways.items():
            spent = _wall(command, environment)
            if number >= 0:
                walls[name].append(spent)
    print("| way | wall s | times faster |\n| --- | --- | --- |")
    baseline = next(iter(walls.values()))
    for name, spent in walls.items():
        ratio = statistics.median(old / new for old, new in zip(baseline, spent, strict=True))
        print(f"| {name} | {statistics.median(spent):.2f} | {ratio:.1f} |")


def _tools(hosts: Sequence[str], endpoints: Endpoints, at_once: int) -> list[str]:
    """One look-up and one page a host. Without dig, a script of dnspython's resolver does what dig does."""
    address, _, port = endpoints.outside.partition(":")
    if shutil.which("dig"):
        ask = f"dig +short @{address} -p {port} $1 A >/dev/null"
    else:
        script = (
            "import dns.resolver, sys; r = dns.resolver.Resolver(configure=False); "
            f"r.nameservers, r.port = ['{address}'], {port}; print(r.resolve(sys.argv[1], 'A').rrset)"
        )
        ask = f"{shlex.quote(sys.executable)} -c {shlex.quote(script)} $1 >/dev/null"
    page = (
        f"curl -s -o /dev/null --max-time 3 --cacert {endpoints.ca} --noproxy '*' "
        f"--resolve $1:{endpoints.https}:127.0.0.1 https://$1:{endpoints.https}/"
    )
    return ["bash", "-c", f"printf '%s\\n' {' '.join(hosts)} | xargs -P {at_once} -I% bash -c '{ask}; {page}' _ %"]


def _wall(command: Sequence[str], environment: Mapping[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, env=dict(environment), stdout=subprocess.DEVNULL, check=False)
    return time.perf_counter() - began


def _many(sim: RunningSim, count: int, dead: int, samples: int) -> None:
    """``count`` sites under one wildcard, ``dead`` of which are silent."""
    assert sim.endpoints
    endpoints = sim.endpoints
    rules = [{"host": f"*.{DOMAIN}"}]
    sim.put("ingresses.networking.k8s.io", "default", "bench", {"spec": {"rules": rules}, "status": {}})
    quarter = dead // 4
    for number in range(quarter):
        sim.fault("dns", host=f"dns{number}.{DOMAIN}", answer="silent")
        sim.fault("tls", host=f"tls{number}.{DOMAIN}", answer="silent")
        sim.fault("http", host=f"http{number}.{DOMAIN}", answer="silent")
    unreached = dead - 3 * quarter
    ports = Ports()
    probes: list[Probe] = [TcpProbe("127.0.0.1", number) for number in ports.open("dead", unreached)]
    ports.set("dead", "silent")
    probes += [HttpProbe(f"{kind}{number}.{DOMAIN}", endpoints.https) for number in range(quarter) for kind in
               ("dns", "tls", "http")]  # fmt: skip
    probes += [HttpProbe(f"site{number}.{DOMAIN}", endpoints.https) for number in range(count - len(probes))]
    settings = ProbeSettings(
        resolvers=(endpoints.outside,), allow=("loopback",), ca=Path(endpoints.ca).read_text("ascii")
    )
    walls: list[float] = []
    began = time.process_time()
    outcomes: list[Outcome] = []
    for number in range(-1, samples):
        outcomes, spent = uvloop.run(_timed(settings, probes))
        if number >= 0:
            walls.append(spent)
    ports.close()
    busy = (time.process_time() - began) / (samples + 1)
    faults = Counter(f"{one.fault} at {one.stage}" if one.fault else str(one.status) for one in outcomes)
    well = [one.phases.total for one in outcomes if one.well]
    told = ", ".join(f"{name}: {number}" for name, number in faults.most_common())
    print(
        f"\n{count} targets, {dead} of them dead: {statistics.median(walls):.2f} s (target: 10 s), "
        f"{busy:.2f} s of processor"
    )
    print(f"answers: {told}")
    print(f"those that answer: median {statistics.median(well) * 1000:.0f} ms, longest {max(well) * 1000:.0f} ms")


async def _timed(settings: ProbeSettings, probes: Sequence[Probe]) -> tuple[list[Outcome], float]:
    began = time.perf_counter()
    prober = Prober(settings, "workstation")
    outcomes = await run_probes(
        prober, probes, active=settings.active, in_flight=settings.in_flight, deadline=settings.deadline
    )
    await prober.close()
    return outcomes, time.perf_counter() - began


if __name__ == "__main__":
    main()
