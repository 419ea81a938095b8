"""Exec as a client of the API does it, written from the protocol alone: aiohttp's WebSocket and nothing of homeperf."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp

from tests.sim.api import Api

V4, V5 = "v4.channel.k8s.io", "v5.channel.k8s.io"


@dataclass
class Said:
    """What came: ``code`` is the HTTP status where nothing was upgraded, 101 else."""

    code: int = 101
    protocol: str | None = None
    frames: list[bytes] = field(default_factory=list)
    refusal: bytes = b""

    def channel(self, number: int) -> bytes:
        return b"".join(frame[1:] for frame in self.frames if frame[0] == number)

    @property
    def output(self) -> str:
        return self.channel(1).decode()

    @property
    def error(self) -> str:
        return self.channel(2).decode()

    @property
    def status(self) -> Any:
        return json.loads(self.channel(3))


def execute(
    api: Api,
    namespace: str,
    pod: str,
    command: Sequence[str],
    *,
    protocols: Sequence[str] = (V4,),
    **query: str,
) -> Said:
    """Run a command in a pod and wait for its end."""
    wanted = {"stdout": "true", "stderr": "true", **query}
    return asyncio.run(
        _execute(api, namespace, pod, [*wanted.items(), *(("command", one) for one in command)], protocols)
    )


async def _execute(
    api: Api, namespace: str, pod: str, query: Sequence[tuple[str, str]], protocols: Sequence[str]
) -> Said:
    url = f"{api.address.geturl()}/api/v1/namespaces/{namespace}/pods/{pod}/exec?{urlencode(query)}"
    said = Said()
    async with aiohttp.ClientSession() as session:
        try:
            async with session.ws_connect(url, protocols=protocols, headers=api.headers(), ssl=api.tls) as socket:
                said.protocol = socket.protocol
                async for message in socket:
                    said.frames.append(message.data)
        except aiohttp.WSServerHandshakeError as error:
            said.code = error.status
    return said
