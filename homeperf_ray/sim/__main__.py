"""The child process: options come as one line on stdin, readiness goes as one line to stdout, EOF on stdin ends it."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from random import Random, SystemRandom
from typing import Any

import msgspec
import uvloop

from homeperf_ray.sim import kubeconfig, mirror
from homeperf_ray.sim.admin import Admin
from homeperf_ray.sim.answering.answering import Answering
from homeperf_ray.sim.answering.dns_server import Meets
from homeperf_ray.sim.apis import Apis
from homeperf_ray.sim.bandwidth import Bandwidth
from homeperf_ray.sim.certificates import Authority
from homeperf_ray.sim.churn import Churn
from homeperf_ray.sim.conditions import Conditions
from homeperf_ray.sim.content.homelab import Homelab
from homeperf_ray.sim.counts import Counts
from homeperf_ray.sim.fairness import Fairness
from homeperf_ray.sim.faults import Faults, RuleError
from homeperf_ray.sim.kubelet_apis import KubeletApis
from homeperf_ray.sim.kubelet_ports import KubeletPorts
from homeperf_ray.sim.kubelets import Kubelets
from homeperf_ray.sim.mirror import Mirror
from homeperf_ray.sim.options import Options
from homeperf_ray.sim.origin import Origin, OriginError
from homeperf_ray.sim.programs import Programs
from homeperf_ray.sim.reader import Reader
from homeperf_ray.sim.server import ApiServer
from homeperf_ray.sim.serving import Serving
from homeperf_ray.sim.store import Store
from homeperf_ray.sim.trouble import Pacemaker, Trouble
from homeperf_ray.sim.upkeep import Upkeep
from homeperf_ray.sim.users import MASTERS, User, Users, administrator, limited, monitor, reader

SOCKET_BYTES = 100
"""A unix socket's path may have 107 bytes."""


def main() -> int:
    """Serve until the parent goes; exit code 1 where that could not begin."""
    began = time.monotonic()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    options = msgspec.json.decode(sys.stdin.buffer.readline(), type=Options)
    try:
        listener = socket.create_server(("127.0.0.1", options.port), backlog=1024)
    except OSError as error:
        return _failed(f"The homelab cannot listen on port {options.port}: {error.strerror}; choose another --port.")
    try:
        directory = _directory()
    except OSError as error:
        return _failed(f"The homelab cannot make a folder for its kubeconfig: {error}.")
    try:
        uvloop.run(_serve(options, listener, directory, began))
    except (RuleError, OriginError) as error:
        return _failed(str(error))
    except OSError as error:
        return _failed(f"The homelab cannot write to {directory}: {error.strerror}.")
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return 0


def _failed(message: str) -> int:
    _say({"error": message})
    return 1


async def _serve(options: Options, listener: socket.socket, directory: Path, began: float) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    address = f"127.0.0.1:{listener.getsockname()[1]}"
    store, limited_namespaces, apis, notes = _built(options, now)
    users = _known(options, apis, limited_namespaces)
    authority = Authority("homelab-ca", SystemRandom(), now)
    serving = Serving(authority, directory)
    upkeep = Upkeep(store, lambda: datetime.now(UTC))
    churn = Churn(upkeep, _rng(options, 1))
    rules: list[Faults] = []
    answering = Answering(store, directory, now) if options.endpoints else None
    endpoints = await answering.open(_meets(rules), api=listener.getsockname()[1]) if answering else None
    counts, trouble = Counts(), Trouble(upkeep, churn, serving.expire, answering)
    faults = Faults(options.faults, world=trouble, seed=options.seed)
    rules.append(faults)
    conditions = Conditions(
        options.latency,
        Bandwidth(options.bandwidth) if options.bandwidth else None,
        Fairness(options.seats) if options.fairness else None,
        _rng(options, 2),
    )
    programs, known = Programs(store), Users(users)
    apis_of_kubelets = KubeletApis(store, trouble, lambda: datetime.now(UTC), minor=apis.minor)
    ports = KubeletPorts(apis_of_kubelets, known, store)
    if options.kubelets:
        await ports.open(authority, directory, options.kubelets)
    api = ApiServer(Reader(apis, store, address), store, known, faults, counts, conditions, apis_of_kubelets, programs)
    server = await asyncio.get_running_loop().create_server(api.protocols(), sock=listener, ssl=serving.context)
    pacemaker = Pacemaker(churn, upkeep, options.churn)
    kubelets = Kubelets(store, upkeep.silent, lambda: datetime.now(UTC))
    beating = [asyncio.create_task(pacemaker.run()), asyncio.create_task(kubelets.run())]
    path, admin_socket = directory / "kubeconfig", directory / "admin.sock"
    contexts = {"homelab": (users[0], ""), "limited": (users[1], limited_namespaces[0])}
    contexts |= {user.name: (user, "") for user in users[2:]}
    kubeconfig.write(path, server=f"https://{address}", authority=authority.pem, users=contexts)
    certificates = _certificates(authority)
    certified = directory / "certified.kubeconfig"
    kubeconfig.write_certified(
        certified, server=f"https://{address}", authority=authority.pem, certificates=certificates
    )
    parent = await _parent()
    admin = Admin(counts, faults, store, conditions.fairness, pacemaker, ports, programs)
    async with _administered(admin, admin_socket):
        _say(
            {
                "directory": str(directory),
                "kubeconfig": str(path),
                "admin_socket": str(admin_socket),
                "url": f"https://{address}",
                "pid": os.getpid(),
                "limited_namespaces": limited_namespaces,
                "notes": notes,
                "endpoints": endpoints,
                "startup": time.monotonic() - began,
            }
        )
        await parent.read()
    ports.close()
    for task in beating:
        task.cancel()
    if answering:
        answering.close()
    server.close()


def _built(options: Options, now: datetime) -> tuple[Store, tuple[str, ...], Apis, list[str]]:
    """Everything that there is, the namespaces of the limited user, what is served of it, and notes for a person."""
    gc.disable()
    homelab: Homelab | Mirror
    if options.from_kubeconfig:
        homelab = mirror.copy(Origin.of(options.from_kubeconfig, options.context))
        apis, notes = homelab.apis(), homelab.notes()
    else:
        apis, notes = Apis(options.minor, options.without), []
        homelab = Homelab(options, apis, now)
    store, namespaces = homelab.store(), homelab.limited_namespaces
    del homelab
    gc.freeze()
    gc.enable()
    return store, namespaces, apis, notes


def _known(options: Options, apis: Apis, namespaces: tuple[str, ...]) -> list[User]:
    """Who has a token; the first two always."""
    users = [administrator(), limited(namespaces), *([reader()] if options.fairness else [])]
    if options.kubelets:
        plain = sorted({kind.plural for kind in apis.kinds()})
        users += [monitor(name, plain, name) for name in ("stats", "proxy")]
    return users


def _certificates(authority: Authority) -> dict[str, tuple[bytes, bytes]]:
    """Who has a client certificate."""
    return {
        "certified": authority.client("certified", MASTERS),
        "newcomer": authority.client("newcomer", "readers"),
        "expired": authority.client("expired", MASTERS, days=-1 / 24),
    }


def _meets(rules: list[Faults]) -> Meets:
    """Which fault somebody meets who asks beside the API server; none as long as there are no rules yet."""
    return lambda kind, host, server: rules[0].met_by(kind, host, server) if rules else None


def _rng(options: Options, part: int) -> Random:
    """Chance of its own for each part, so that requests do not decide what churn does."""
    return Random(options.seed * 10 + part)  # noqa: S311  repeatable is the point


@asynccontextmanager
async def _administered(admin: Admin, path: Path) -> AsyncIterator[None]:
    runner = await admin.serve(path)
    try:
        yield
    finally:
        await runner.cleanup()


async def _parent() -> asyncio.StreamReader:
    """The pipe from the parent, which ends when the parent has gone, or on SIGTERM."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    loop.add_signal_handler(signal.SIGTERM, reader.feed_eof)
    return reader


def _directory() -> Path:
    """A folder of mode 0700 whose path leaves room for a socket."""
    path = tempfile.mkdtemp(prefix="homeperf-sim-")
    if len(path) + len("/admin.sock") > SOCKET_BYTES:
        Path(path).rmdir()
        path = tempfile.mkdtemp(prefix="homeperf-sim-", dir="/tmp")
    return Path(path)


def _say(message: dict[str, Any]) -> None:
    """Tell the parent. One that has gone is noticed by its other pipe."""
    with suppress(BrokenPipeError):
        os.write(sys.stdout.fileno(), msgspec.json.encode(message) + b"\n")


if __name__ == "__main__":
    sys.exit(main())
