from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import uvloop
import yaml

from homeperf_ray.kube.connection import Connection
from homeperf_ray.kube.gate import OpenGate
from homeperf_ray.kube.request import Access
from homeperf_ray.kube.retry import RetryPolicy
from homeperf_ray.kube.target import Target, load_target
from tests.kube.authority import authority
from tests.kube.server import Server, serving

QUICK = RetryPolicy(base=0.001, longest=0.002)
ONCE = RetryPolicy(attempts=1)


def pytest_asyncio_loop_factories(config, item):
    """Both loops: they raise different exceptions for the same fault."""
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving() as running:
        yield running


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Callable[..., Path]:
    """Writes a kubeconfig with one context, ``home``; keywords go into its cluster or its user."""

    def write(server: str, *, user: dict[str, Any] | None = None, name: str = "config", **cluster: Any) -> Path:
        path = tmp_path / name
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "home",
            "clusters": [{"name": "c", "cluster": {"server": server, **cluster}}],
            "users": [{"name": "u", "user": user or {}}],
            "contexts": [{"name": "home", "context": {"cluster": "c", "user": "u"}}],
        }
        path.write_text(yaml.safe_dump(document))
        return path

    return write


@pytest.fixture
def target_of(kubeconfig: Callable[..., Path], tmp_path: Path) -> Callable[..., Target]:
    """A Target for a test server, which it trusts unless told otherwise."""

    def build(server: str, *, user: dict[str, Any] | None = None, environ=None, **cluster: Any) -> Target:
        if not {"certificate-authority", "insecure-skip-tls-verify"} & cluster.keys() and server.startswith("https"):
            ca = tmp_path / "ca.crt"
            ca.write_bytes(authority().pem)
            cluster["certificate-authority"] = str(ca)
        path = kubeconfig(server, user={"token": "s3cr3t-token"} if user is None else user, **cluster)
        return load_target(Access((str(path),)), environ=environ or {})

    return build


@pytest.fixture
async def connect() -> AsyncIterator[Callable[..., Connection]]:
    """Opens connections that are closed after the test; retries come at once."""
    opened: list[Connection] = []

    def open_(target: Target, **options: Any) -> Connection:
        connection = Connection(target, **{"gate": OpenGate(), "retry": QUICK, "request_timeout": 5.0, **options})
        opened.append(connection)
        return connection

    yield open_
    for connection in opened:
        await connection.close()
