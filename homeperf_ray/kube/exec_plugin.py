"""Exec plugins: a program of the user's that prints a credential (``client.authentication.k8s.io``)."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from homeperf_ray.kube.credentials import Credential, Credentials, bearer
from homeperf_ray.kube.errors import ConfigError
from homeperf_ray.kube.kubeconfig import Section
from homeperf_ray.kube.secret import Secret, quoted
from homeperf_ray.kube.tls import ClientCertificate, Trust

VERSIONS = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")
EXEC_SECONDS = 30.0
"""A plugin that has not answered after this long is killed, with all that it started."""

EARLY_SECONDS = 10.0
"""A credential is renewed this long before it expires."""


@dataclass(frozen=True)
class ExecPlugin:
    """A user's ``exec``. ``environment`` and ``info`` (KUBERNETES_EXEC_INFO) stay masked."""

    command: str
    arguments: tuple[str, ...] = field(default=(), repr=False)
    environment: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    version: str = VERSIONS[0]
    install_hint: str = ""
    interactive: str = "IfAvailable"
    info: str = field(default="", repr=False)
    timeout: float = EXEC_SECONDS

    def open(self) -> Credentials:
        return _ExecCredentials(self)

    def material(self) -> bytes:
        return msgspec.json.encode([self.command, self.arguments, self.environment, self.version])


class _Status(msgspec.Struct, rename="camel", frozen=True):
    token: str | None = None
    client_certificate_data: str | None = None
    client_key_data: str | None = None
    expiration_timestamp: datetime | None = None


class _Answer(msgspec.Struct, rename="camel", frozen=True):
    kind: str = ""
    api_version: str = ""
    status: _Status | None = None


def exec_plugin(user: Section, cluster: Section, server: str, trust: Trust) -> ExecPlugin:
    """The plugin that a user's ``exec`` section describes. Raises ConfigError."""
    version = user.text("apiVersion")
    if version not in VERSIONS:
        raise user.wrong("apiVersion", f"must be {' or '.join(VERSIONS)}; a newer plugin may be needed")
    command = user.text("command")
    if not command:
        raise user.wrong("command", "is missing")
    if os.sep in command:
        command = str(user.file.parent / command)
    environment = tuple((item.text("name"), item.text("value")) for item in user.sections("env"))
    if any(not name or "=" in name or "\0" in name + value for name, value in environment):
        raise user.wrong("env", "has an entry with an impossible name or value")
    spec: dict[str, Any] = {"interactive": False}
    if user.flag("provideClusterInfo"):
        spec["cluster"] = _cluster_info(cluster, server, trust)
    return ExecPlugin(
        command=command,
        arguments=user.texts("args"),
        environment=environment,
        version=version,
        install_hint=user.text("installHint"),
        interactive=user.text("interactiveMode") or "IfAvailable",
        info=msgspec.json.encode({"kind": "ExecCredential", "apiVersion": version, "spec": spec}).decode(),
    )


def _cluster_info(cluster: Section, server: str, trust: Trust) -> dict[str, Any]:
    extensions = {entry.text("name"): entry.plain().get("extension") for entry in cluster.sections("extensions")}
    info = {
        "server": server,
        "tls-server-name": trust.server_name,
        "insecure-skip-tls-verify": trust.insecure,
        "certificate-authority-data": base64.b64encode(trust.ca).decode(),
        "proxy-url": cluster.text("proxy-url"),
        "config": extensions.get("client.authentication.k8s.io/exec"),
    }
    return {name: value for name, value in info.items() if value}


class _ExecCredentials:
    """Runs the plugin once for all who wait, and again when its credential has expired or was rejected."""

    def __init__(self, plugin: ExecPlugin) -> None:
        self._plugin = plugin
        self._credential: Credential | None = None
        self._expires = float("inf")
        self._lock = asyncio.Lock()

    async def current(self) -> Credential:
        async with self._lock:
            if self._credential is None or time.time() >= self._expires - EARLY_SECONDS:
                self._credential, self._expires = await run_plugin(self._plugin)
            return self._credential

    async def renew(self, rejected: Credential) -> bool:
        async with self._lock:
            if self._credential == rejected:
                self._credential = None
        return await self.current() != rejected


async def run_plugin(plugin: ExecPlugin) -> tuple[Credential, float]:
    """Run the plugin: its credential, and the Unix time at which it expires (infinity if it does not say).

    Raises ConfigError where it is missing, fails, hangs or prints something else. Never shows what it printed to
    stdout.
    """
    name = os.path.basename(plugin.command)  # noqa: PTH119 - a command need not be a path
    path = shutil.which(plugin.command)
    if path is None:
        hint = quoted(plugin.install_hint, limit=500) or f"Install {name}, or put its folder into PATH."
        raise ConfigError(f"the exec plugin {plugin.command!r} of the kubeconfig's user was not found", hint)
    environment = {**os.environ, **dict(plugin.environment), "KUBERNETES_EXEC_INFO": plugin.info}
    try:
        process = subprocess.Popen(  # noqa: ASYNC220 - starting takes a millisecond; waiting is done in a thread
            [path, *plugin.arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        message = f"the exec plugin {plugin.command!r} cannot be started: {error.strerror}"
        raise ConfigError(message, f"Check that {name} is a program that runs on this machine.") from None
    try:
        output, errors = await asyncio.to_thread(process.communicate, timeout=plugin.timeout)
    except asyncio.CancelledError:
        _kill(process)  # the thread sees its pipes end, closes them and reaps the process
        raise
    except subprocess.TimeoutExpired:
        _kill(process)
        _release(process)
        raise ConfigError(
            f"the exec plugin {name!r} gave no answer in {plugin.timeout:g} s and was stopped",
            "It may be waiting for a login: run `kubectl get --raw /version` once in a terminal, then try again.",
        ) from None
    if process.returncode != 0:
        said = quoted(errors.decode("utf-8", "replace"), *_secrets(plugin))
        raise ConfigError(
            f"the exec plugin {name!r} failed with exit code {process.returncode}" + (f": {said}" if said else ""),
            "Run `kubectl get --raw /version` in a terminal; if that fails too, log in again with the plugin's tool.",
        )
    return _understood(plugin, name, output)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill the plugin and its children."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _release(process: subprocess.Popen[bytes]) -> None:
    """Reap a killed plugin and close its pipes, which a child of another session may still hold."""
    process.wait()
    for pipe in (process.stdout, process.stderr):
        if pipe:
            pipe.close()


def _secrets(plugin: ExecPlugin) -> list[Secret]:
    return [Secret(value) for _, value in plugin.environment if len(value) > 3]


def _understood(plugin: ExecPlugin, name: str, output: bytes) -> tuple[Credential, float]:
    def odd(fault: str) -> ConfigError:
        message = f"the exec plugin {name!r} {fault}"
        return ConfigError(message, f"It must print an ExecCredential of {plugin.version}; check its version.")

    try:
        answer = msgspec.json.decode(output, type=_Answer)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise odd("printed something that is not an ExecCredential") from None
    if answer.kind != "ExecCredential" or answer.api_version != plugin.version:
        raise odd(f"answered in another version than {plugin.version}")
    status = answer.status
    if status is None or not (status.token or status.client_certificate_data):
        raise odd("gave neither a token nor a client certificate")
    if bool(status.client_certificate_data) != bool(status.client_key_data):
        raise odd("gave a certificate without its key or a key without its certificate")
    certificate = None
    if status.client_certificate_data and status.client_key_data:
        certificate = ClientCertificate(status.client_certificate_data.encode(), Secret(status.client_key_data))
    try:
        authorization = bearer(status.token) if status.token else None
    except ValueError:
        raise odd("gave a token with characters that cannot be sent") from None
    expires = status.expiration_timestamp
    if expires is not None and expires.tzinfo is None:
        expires = expires.replace(tzinfo=UTC)
    return Credential(authorization, certificate), expires.timestamp() if expires else float("inf")
