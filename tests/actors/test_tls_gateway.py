"""The Gateway of a cluster under attack: over real TLS, from a client that is not ours."""

from __future__ import annotations

import asyncio
import math
import socket
import ssl
import threading
import time
from pathlib import Path

import msgspec
import pytest

from homeperf_ray.actors.client import Client
from homeperf_ray.actors.credentials import GatewayCredentials, read_token
from homeperf_ray.actors.doorkeeper import KNOCKS, PER_PEER, STRANGERS, Doorkeeper
from homeperf_ray.actors.gateway import Gateway
from homeperf_ray.actors.protocol import (
    HEADER,
    MAX_LOGIN,
    MAX_REQUEST,
    VERSION,
    Check,
    ClearCache,
    Gathered,
    Hello,
    Login,
    Outcomes,
    Refused,
    State,
    Status,
    decode_answer,
    encode,
    frame,
)
from homeperf_ray.actors.remote import Endpoint
from homeperf_ray.actors.serving import Serving
from homeperf_ray.actors.tls_gateway import LOGIN_SECONDS, TlsGateway
from homeperf_ray.checks.suppression import Suppression
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.kube.errors import ConfigError, KubeError, Unreachable
from homeperf_ray.kube.request import Access
from homeperf_ray.kube.secret import Secret

JOB = CheckJob(run="18f-1", access=Access(()))


class Running:
    """A TlsGateway in a thread of its own, which remembers the jobs that reached it."""

    def __init__(self, folder: Path) -> None:
        self.credentials = GatewayCredentials(folder)
        self.credentials.make(("127.0.0.1", "localhost"))
        self.jobs: list[CheckJob] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.port = asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(10)

    async def _open(self) -> int:
        serving = Serving(host="127.0.0.1", port=0, credentials=str(self.credentials.folder), access=Access(()))

        async def check(job: CheckJob, tell) -> State:
            self.jobs.append(serving.vetted(job))
            return await status()

        async def judge(batch: bytes) -> Outcomes:
            raise AssertionError("no manifests come from afar")

        async def get(job: bytes, cache_dir: str, send) -> Gathered:
            raise AssertionError("no objects are read for somebody elsewhere")

        async def status() -> State:
            return State(VERSION, 1.0, 0, (), 0, 0, 0, 0)

        self._gateway = TlsGateway(Gateway(check, judge, status, dict, dict, get), self.credentials)
        return await self._gateway.open("127.0.0.1", 0)

    @property
    def token(self) -> str:
        return read_token(self.credentials.token).reveal()

    def endpoint(self, **changes) -> Endpoint:
        return Endpoint(
            **{
                "address": f"127.0.0.1:{self.port}",
                "token": Secret(self.token),
                "fingerprint": self.credentials.fingerprint(),
                **changes,
            }
        )

    def plain(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=LOGIN_SECONDS + 5)

    def dial(self, newest: ssl.TLSVersion | None = None) -> ssl.SSLSocket:
        context = ssl.create_default_context(cafile=self.credentials.certificate)
        if newest:
            context.maximum_version = newest
        return context.wrap_socket(self.plain(), server_hostname="localhost")

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._gateway.close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


@pytest.fixture
def gateway(tmp_path: Path):
    running = Running(tmp_path / "gateway")
    yield running
    with running.endpoint().connect() as client:
        assert client.hello().version == VERSION, "it still serves whoever has the token"
    running.close()


def said(connection: socket.socket) -> bytes:
    """Everything that comes until the other side ends it."""
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except (ConnectionResetError, ssl.SSLError):
        pass
    return b"".join(parts)


def test_the_token_opens_the_door_by_fingerprint_and_by_authority(gateway: Running):
    for changes in ({}, {"fingerprint": "", "ca": str(gateway.credentials.certificate)}):
        with gateway.endpoint(**changes).connect() as client:
            assert client.status().version == VERSION


@pytest.mark.parametrize("token", ["0" * 64, "x" * 64])
def test_a_wrong_token_is_refused(gateway: Running, token: str):
    with pytest.raises(KubeError, match="does not know this token"):
        gateway.endpoint(token=Secret(token)).connect()


@pytest.mark.parametrize("part", [0, 1, 32, 63])
def test_a_part_of_the_token_is_no_token(gateway: Running, part: int):
    with gateway.dial() as connection:
        connection.sendall(frame(Login(gateway.token[:part])) + frame(Status()))
        answer = decode_answer(said(connection)[HEADER.size :])
    assert answer == Refused("unauthorized", "the Gateway does not know this token")


@pytest.mark.parametrize(
    "first",
    [
        frame(Hello()),
        frame(Status()),
        frame(Check(JOB)),
        frame(ClearCache()),
        HEADER.pack(MAX_LOGIN + 1) + b"x" * 100,
        HEADER.pack(2**32 - 1),
        HEADER.pack(0),
        HEADER.pack(4) + b"\xff\xff\xff\xff",
        HEADER.pack(5) + b"\x80\x04\x95\x00.",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=["hello", "status", "check", "clear", "large", "huge", "empty", "garbage", "pickle", "http in tls"],
)
def test_a_stranger_gets_no_verb_and_no_memory(gateway: Running, first: bytes):
    with gateway.dial() as connection:
        connection.sendall(first + frame(Status()))
        assert decode_answer(said(connection)[HEADER.size :]).kind == "unauthorized"
    assert gateway.jobs == []


def test_plain_http_gets_no_answer_of_ours(gateway: Running):
    with gateway.plain() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"refused" not in said(connection)


def test_an_older_tls_is_refused(gateway: Running):
    with pytest.raises(ssl.SSLError):
        gateway.dial(newest=ssl.TLSVersion.TLSv1_2)
    with gateway.dial() as connection:
        assert connection.version() == "TLSv1.3"


@pytest.mark.parametrize("secured", [False, True], ids=["before the handshake", "after it"])
def test_one_that_drips_is_cut_off(gateway: Running, secured: bool):
    with gateway.dial() if secured else gateway.plain() as connection:
        began = time.monotonic()
        connection.settimeout(0.2)
        while time.monotonic() < began + LOGIN_SECONDS + 3:
            try:
                connection.sendall(b"\x00" if secured else b"\x16")
                if not connection.recv(100):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        assert time.monotonic() - began < LOGIN_SECONDS + 3


def test_many_strangers_leave_room_for_who_has_the_token_soon(gateway: Running):
    idle = [gateway.plain() for _ in range(60)]
    closed = 0
    for connection in idle[PER_PEER:]:
        closed += said(connection) == b""
    assert closed >= 60 - PER_PEER
    for connection in idle:
        connection.close()
    time.sleep(2.5)


def test_a_recorded_conversation_cannot_be_played_again(gateway: Running):
    recorded: list[bytes] = []
    relay = socket.create_server(("127.0.0.1", 0))

    def pass_on() -> None:
        near, _ = relay.accept()
        with near, gateway.plain() as far:
            back = threading.Thread(target=lambda: _pump(far, near))
            back.start()
            _pump(near, far, recorded)
            back.join(10)

    thread = threading.Thread(target=pass_on)
    thread.start()
    through = gateway.endpoint(address=f"127.0.0.1:{relay.getsockname()[1]}")
    with through.connect() as client, pytest.raises(KubeError):
        client.check(JOB, lambda *_: None)
    thread.join(10)
    relay.close()
    assert len(gateway.jobs) == 1
    with gateway.plain() as again:
        again.sendall(b"".join(recorded))
        said(again)
    assert len(gateway.jobs) == 1


def _pump(source: socket.socket, to: socket.socket, keep: list[bytes] | None = None) -> None:
    try:
        while data := source.recv(65536):
            if keep is not None:
                keep.append(data)
            to.sendall(data)
        to.shutdown(socket.SHUT_WR)
    except OSError:
        pass


@pytest.mark.parametrize(
    "after",
    [HEADER.pack(MAX_REQUEST + 1), frame(Login("0" * 64)), frame(ClearCache()), HEADER.pack(3) + b"\x80\x04."],
    ids=["huge", "a second login", "an owner's verb", "pickle"],
)
def test_whoever_has_the_token_still_speaks_the_protocol(gateway: Running, after: bytes):
    with gateway.dial() as connection:
        connection.sendall(frame(Login(gateway.token)) + after)
        assert decode_answer(said(connection)[HEADER.size :]).kind == "bad_request"


def test_a_kubeconfig_path_in_a_job_is_refused_and_never_opened(gateway: Running, tmp_path: Path):
    with gateway.endpoint().connect() as client:
        with pytest.raises(ConfigError, match="takes no kubeconfig from a client"):
            client.check(msgspec.structs.replace(JOB, access=Access((str(tmp_path / "missing"),))), lambda *_: None)
        with pytest.raises(ConfigError, match="does not serve a context 'other'"):
            client.check(msgspec.structs.replace(JOB, access=Access((), "other")), lambda *_: None)
    assert gateway.jobs == []


def test_a_job_has_no_place_for_a_target_of_a_probe(gateway: Running):
    body = msgspec.to_builtins(Check(JOB))
    body["job"]["targets"] = ["http://169.254.169.254/"]
    with gateway.dial() as connection:
        connection.sendall(frame(Login(gateway.token)))
        packed = encode(body)
        connection.sendall(HEADER.pack(len(packed)) + packed)
        connection.shutdown(socket.SHUT_WR)
        said(connection)
    assert [msgspec.to_builtins(job).get("targets") for job in gateway.jobs] in ([], [None])


@pytest.mark.parametrize(
    "changes",
    [
        {"qps": math.nan},
        {"qps": -1.0},
        {"qps": math.inf},
        {"timeout": math.inf},
        {"request_timeout": 0.0},
        {"max_age": math.nan},
        {"concurrency": 0},
        {"concurrency": 10_000},
        {"burst": 0},
        {"details": -1},
        {"details": 51},
        {"namespaces": ("media/../../secrets?x=",)},
        {"run": "../../etc/passwd"},
        {"suppressions": (Suppression(code="HP101"),) * 5001},
    ],
    ids=lambda changes: "-".join(f"{name}" for name in changes),
)
def test_values_that_no_homeperf_sends_are_refused(changes: dict):
    serving = Serving(host="", port=0, credentials="", access=Access(()))
    with pytest.raises(ConfigError, match="cannot be run"):
        serving.vetted(msgspec.structs.replace(JOB, **changes))


def test_the_operators_budget_is_a_ceiling_and_its_credentials_the_only_ones():
    theirs = Access(("/etc/homeperf/kubeconfig",), "home")
    serving = Serving(host="", port=0, credentials="", access=theirs, qps=20, burst=30)
    job = serving.vetted(msgspec.structs.replace(JOB, qps=1000.0, burst=1000, timeout=1e6))
    assert (job.qps, job.burst, job.timeout, job.access) == (20, 30, 600, theirs)
    modest = serving.vetted(msgspec.structs.replace(JOB, qps=5.0, burst=2, access=Access((), "home")))
    assert (modest.qps, modest.burst) == (5, 2)


def test_another_certificate_than_the_pinned_one_gets_no_token(gateway: Running):
    with pytest.raises(Unreachable, match="not the one that gateway-fingerprint names; nothing was sent"):
        gateway.endpoint(fingerprint="0" * 64).connect()


def test_a_certificate_that_nobody_vouches_for_gets_no_token(gateway: Running):
    with pytest.raises(Unreachable, match=r"is not trusted.*nothing was sent"):
        gateway.endpoint(fingerprint="").connect()


def test_a_server_without_tls_gets_no_token():
    with socket.create_server(("127.0.0.1", 0)) as impostor:
        heard: list[bytes] = []

        def answer() -> None:
            connection, _ = impostor.accept()
            with connection:
                heard.append(connection.recv(4096))
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(Unreachable, match="does not speak TLS"):
            Endpoint(f"127.0.0.1:{impostor.getsockname()[1]}", Secret("t" * 64), fingerprint="0" * 64).connect()
        thread.join(10)
    assert b"t" * 16 not in heard[0]


def test_a_new_token_counts_at_once(gateway: Running):
    old = gateway.endpoint()
    gateway.credentials.token.write_text("n" * 64)
    with pytest.raises(KubeError, match="does not know"):
        old.connect()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_token_that_others_may_read_is_no_token(tmp_path: Path, mode: int):
    file = tmp_path / "token"
    file.write_text("t" * 64)
    file.chmod(mode)
    with pytest.raises(ConfigError, match="others may read") as caught:
        read_token(file)
    assert "tttt" not in str(caught.value) + caught.value.hint


def test_the_files_are_the_owners_alone(tmp_path: Path):
    made = GatewayCredentials(tmp_path / "gateway")
    assert made.make(("homelab.example",))
    assert not made.make(("homelab.example",))
    modes = {path.name: path.stat().st_mode & 0o777 for path in made.folder.iterdir()}
    assert modes == {"tls.crt": 0o600, "tls.key": 0o600, "token": 0o600}
    assert made.folder.stat().st_mode & 0o777 == 0o700


def test_the_doorkeeper_bounds_strangers_and_forgets_nobody_who_is_inside():
    now = [0.0]
    door = Doorkeeper(lambda: now[0])
    inside = [door.enter(f"10.0.0.{number}") for number in range(STRANGERS)]
    assert all(inside)
    assert door.enter("10.0.1.1") is None
    door.know(inside[0])
    assert door.enter("10.0.1.1") is not None
    for visit in inside[1:]:
        door.leave(visit)
    for _ in range(KNOCKS[1] - 1):
        door.leave(door.enter("10.0.0.1"))
    assert door.enter("10.0.0.1") is None
    now[0] += 1
    assert door.enter("10.0.0.1") is not None


def test_one_ipv6_network_is_one_peer():
    door = Doorkeeper(lambda: 0.0)
    visits = [door.enter(f"2001:db8::{number:x}") for number in range(1, PER_PEER)]
    assert all(visits)
    assert {visit.peer for visit in visits} == {"2001:db8::/64"}


def test_a_login_shows_no_token():
    assert "secret" not in repr(Login("secret" * 10))
    assert Client.__repr__ is object.__repr__
