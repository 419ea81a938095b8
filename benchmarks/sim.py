"""``python -m benchmarks.sim``: what the embedded homelab serves a second, and what it costs its own processor.

Each case is one request, sent again and again by keep-alive TLS connections for some seconds. A figure is given twice:
per second as it passed, where client and server shared the machine, and per second of the server's processor time,
which is what one core would serve. The cases take turns for some rounds; the median of the rounds is printed. Before
that comes what it took to get ready: ``--nodes 1000 --namespaces 2000 --pods 100000 --pvcs 5000 --seconds 0.5
--rounds 1`` measures the largest homelab.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import ssl
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import uvloop

from homeperf_ray.sim.process import RunningSim, start
from tests.homelab import credentials

_HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True)
class Case:
    """A request, and how many connections send it at once."""

    name: str
    path: str
    connections: int
    accept: str = "application/json"


@dataclass(frozen=True)
class Figure:
    """Requests and bytes of one round, its length and the server's processor time in seconds."""

    requests: int
    bytes: int
    seconds: float
    processor: float


class _Client(asyncio.Protocol):
    """Sends the next request as soon as an answer is complete. Answers must tell their Content-Length."""

    def __init__(self, request: bytes, end: float) -> None:
        self._request = request
        self._end = end
        self._head = b""
        self._left = 0
        self.requests = self.bytes = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        if not self._left:
            head, found, rest = (self._head + data).partition(_HEAD_END)
            if not found:
                self._head = head
                return
            if not head.startswith(b"HTTP/1.1 200"):
                self._fail(RuntimeError(head.decode(errors="replace")))
                return
            self._head = b""
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            self._left = int(length.split(b":")[1])
            self.bytes += self._left
            data = rest
        self._left -= len(data)
        if self._left == 0:
            self.requests += 1
            if time.monotonic() < self._end:
                self._transport.write(self._request)
            elif not self.done.done():
                self.done.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(exc or RuntimeError("the server closed the connection"))

    def _fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)


async def _round(sim: RunningSim, case: Case, seconds: float) -> Figure:
    url, authority, token = credentials(sim.kubeconfig)
    host, _, port = url.removeprefix("https://").partition(":")
    head = f"GET {case.path} HTTP/1.1\r\nHost: {host}\r\nAccept: {case.accept}\r\nAuthorization: Bearer {token}\r\n\r\n"
    tls = ssl.create_default_context(cadata=authority)
    loop = asyncio.get_running_loop()
    began, used = time.monotonic(), _processor(sim.pid)
    clients = []
    for _ in range(case.connections):
        _, client = await loop.create_connection(
            lambda: _Client(head.encode(), began + seconds), host, int(port), ssl=tls
        )
        clients.append(client)
    await asyncio.gather(*(client.done for client in clients))
    took, used = time.monotonic() - began, _processor(sim.pid) - used
    for client in clients:
        client._transport.close()
    return Figure(sum(one.requests for one in clients), sum(one.bytes for one in clients), took, used)


def _processor(pid: int) -> float:
    """Processor time of a process and its threads, in seconds (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _readiness(sim: RunningSim) -> str:
    """How long a homelab took until it served, and what it holds then (Linux)."""
    status = Path(f"/proc/{sim.pid}/status").read_text()
    resident = int(next(line for line in status.splitlines() if line.startswith("VmRSS:")).split()[1]) / 1024
    spent = _processor(sim.pid)
    return f"Ready after {sim.ready.startup:.1f} s, {spent:.1f} s of processor time; {resident:,.0f} MiB resident."


def _cases(sim: RunningSim) -> list[Case]:
    metadata = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
    table = "application/json;as=Table;g=meta.k8s.io;v=v1"
    everything = quote("/api/v1/pods", safe="/")
    return [
        Case("GET of a ConfigMap", "/api/v1/namespaces/kube-system/configmaps/kube-root-ca.crt", 10),
        Case("GET of a node", "/api/v1/nodes/k8s-cp-1", 10),
        Case("GET /version", "/version", 10),
        Case("LIST of pods, pages of 500", f"{everything}?limit=500", 4),
        Case("LIST of pods, all", everything, 2),
        Case("LIST by a label", f"{everything}?labelSelector=k8s-app%3Dkube-dns", 4),
        Case("metadata of pods, pages of 500", f"{everything}?limit=500", 4, metadata),
        Case("table of pods, pages of 500", f"{everything}?limit=500", 2, table),
    ]


def _shown(case: Case, figures: list[Figure]) -> str:
    def median(values: list[float]) -> float:
        return statistics.median(values)

    rate = median([one.requests / one.seconds for one in figures])
    core = median([one.requests / one.processor for one in figures])
    flow = median([one.bytes / one.seconds / 1e6 for one in figures])
    core_flow = median([one.bytes / one.processor / 1e6 for one in figures])
    cost = median([one.processor / one.requests * 1e6 for one in figures])
    size = figures[0].bytes / max(1, figures[0].requests) / 1e3
    return f"| {case.name} | {size:,.1f} | {rate:,.0f} | {core:,.0f} | {flow:,.0f} | {core_flow:,.0f} | {cost:,.0f} |"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sim", description=__doc__)
    parser.add_argument("--pods", type=int, default=5_000)
    parser.add_argument("--namespaces", type=int, default=100)
    parser.add_argument("--nodes", type=int, default=6)
    parser.add_argument("--pvcs", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each case in each round")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with start(pods=options.pods, namespaces=options.namespaces, nodes=options.nodes, pvcs=options.pvcs) as sim:
        print(f"{_readiness(sim)}\n")
        cases = _cases(sim)
        figures: dict[Case, list[Figure]] = {case: [] for case in cases}
        for _ in range(options.rounds):
            for case in cases:
                figures[case].append(uvloop.run(_round(sim, case, options.seconds)))
    print("| request | KB | requests/s | per core | MB/s | per core | µs of processor |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for case in cases:
        print(_shown(case, figures[case]))


if __name__ == "__main__":
    main()
