"""The homelab as a child process: started, spoken to over its admin socket, and gone when its parent is."""

from __future__ import annotations

import contextlib
import http.client
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import urlencode

import msgspec

from homeperf_ray.sim.answering.endpoints import Endpoints
from homeperf_ray.sim.delays import Delay
from homeperf_ray.sim.fairness import SEATS
from homeperf_ray.sim.faults import Kind, Rule
from homeperf_ray.sim.kubelet_ports import Certified
from homeperf_ray.sim.options import Options, Part
from homeperf_ray.sim.programs import Script


class SimError(RuntimeError):
    """The homelab could not be started, or its admin socket did not do what was asked."""


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """What the child says once it serves. ``startup`` is in seconds."""

    directory: str
    kubeconfig: str
    admin_socket: str
    url: str
    pid: int
    limited_namespaces: tuple[str, ...]
    startup: float
    notes: tuple[str, ...] = ()
    endpoints: Endpoints | None = None


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("homelab", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _place(resource: str, namespace: str, name: str) -> str:
    return f"/objects/{resource}/{namespace or '-'}/{name}"


class RunningSim:
    """A homelab that serves. It ends with ``stop``, with the ``with`` block, or with this process, however that ends.

    ``kubeconfig`` has the contexts ``homelab`` (an administrator, the current one) and ``limited`` (a user who may
    read pods, services and configmaps in ``limited_namespaces`` only). ``certified`` has client certificates: of an
    administrator (``certified``, the current context), of somebody without rights (``newcomer``), and one that has
    ``expired``. Where kubelets can be reached directly, there are the contexts ``stats`` and ``proxy`` too: they read
    every object, and the kubelets' statistics by ``nodes/stats`` or by ``nodes/proxy``.
    ``expired``. ``endpoints`` says what answers beside the API server, None where nothing does.
    """

    def __init__(self, child: subprocess.Popen[bytes], ready: Ready) -> None:
        self._child = child
        self.ready = ready
        self.kubeconfig = Path(ready.kubeconfig)
        self.certified = Path(ready.directory) / "certified.kubeconfig"
        self.admin_socket = Path(ready.admin_socket)
        self.directory = Path(ready.directory)
        self.url = ready.url
        self.pid = ready.pid
        self.limited_namespaces = ready.limited_namespaces
        self.endpoints = ready.endpoints

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def counts(self) -> dict[str, Any]:
        """What the server really received since the start or the last reset; see ``sim.counts`` for the shape."""
        return cast("dict[str, Any]", self._admin("GET", "/counts"))

    def reset_counts(self) -> None:
        """Begin counting anew. Requests in flight are counted from here on as in flight, not as received."""
        self._admin("POST", "/counts/reset")

    def arrivals(self, **wanted: str) -> dict[str, Any]:
        """When requests arrived, of one ``user``, ``verb`` or ``resource``: see ``sim.rates.Rates.arrivals``."""
        return cast("dict[str, Any]", self._admin("GET", f"/arrivals?{urlencode(wanted)}"))

    def levels(self) -> dict[str, Any]:
        """Each priority level with its seats and queues; nothing without ``fairness``."""
        return cast("dict[str, Any]", self._admin("GET", "/fairness"))

    def churn(self, rate: float) -> dict[str, Any]:
        """Change so many objects a second from now on (0: none); how many were written by resource so far."""
        return cast("dict[str, Any]", self._admin("PUT", "/churn", msgspec.json.encode({"rate": rate})))

    def kubelets(self) -> dict[str, Any]:
        """What the kubelets' own ports received: see ``sim.kubelet_ports.KubeletPorts.report``."""
        return cast("dict[str, Any]", self._admin("GET", "/kubelets"))

    def compact(self) -> str:
        """Forget every earlier version; the oldest that is known from now on."""
        return str(self._admin("POST", "/compact")["resourceVersion"])

    def fault(
        self,
        kind: Kind,
        *,
        resource: str = "",
        namespace: str = "",
        verb: str = "",
        user: str = "",
        path: str = "",
        after: int = 0,
        times: int = 0,
        status: int = 500,
        retry_after: int | None = None,
        seconds: float = 0.0,
        location: str = "",
        share: float = 1.0,
        rate: float = 0.0,
        node: str = "",
        evict: float = 0.0,
        host: str = "",
        answer: str = "",
        server: str = "",
    ) -> int:
        """Put a fault in force (see ``sim.faults.Rule`` for each argument) and return its number."""
        rule = Rule(
            kind=kind,
            resource=resource,
            namespace=namespace,
            verb=verb,
            user=user,
            path=path,
            after=after,
            times=times,
            status=status,
            retry_after=retry_after,
            seconds=seconds,
            location=location,
            share=share,
            rate=rate,
            node=node,
            evict=evict,
            host=host,
            answer=answer,
            server=server,
        )
        return int(self._admin("POST", "/faults", msgspec.json.encode(rule))["id"])

    def faults(self) -> list[dict[str, Any]]:
        """The faults in force, each with how many requests it ``met``."""
        return cast("list[dict[str, Any]]", self._admin("GET", "/faults"))

    def clear_faults(self, number: int | None = None) -> None:
        """End one fault, or all of them."""
        self._admin("DELETE", "/faults" if number is None else f"/faults/{number}")

    def say(
        self,
        namespace: str,
        pod: str,
        command: Sequence[str],
        output: str = "",
        *,
        error: str = "",
        code: int = 0,
        times: int = 1,
        seconds: float = 0.0,
    ) -> None:
        """Put words in the mouth of what begins with ``command`` in a pod; see ``sim.programs.Script``."""
        script = Script(
            namespace=namespace,
            pod=pod,
            command=tuple(command),
            output=output,
            error=error,
            code=code,
            times=times,
            seconds=seconds,
        )
        self._admin("POST", "/scripts", msgspec.json.encode(script))

    def forget_scripts(self) -> None:
        """Let every program speak for itself again."""
        self._admin("DELETE", "/scripts")

    def show(self, resource: str, namespace: str, name: str) -> dict[str, Any]:
        """One object as it is stored, without its kind and apiVersion. ``namespace`` is empty for what has none."""
        return cast("dict[str, Any]", self._admin("GET", _place(resource, namespace, name)))

    def patch(self, resource: str, namespace: str, name: str, patch: dict[str, Any]) -> str:
        """Change an object by a JSON merge patch; the new resourceVersion, which its watchers see too."""
        return self._written("PATCH", _place(resource, namespace, name), patch)

    def put(self, resource: str, namespace: str, name: str, item: dict[str, Any]) -> str:
        """Write a whole object; the new resourceVersion."""
        return self._written("PUT", _place(resource, namespace, name), item)

    def delete(self, resource: str, namespace: str, name: str) -> None:
        """Take an object away."""
        self._admin("DELETE", _place(resource, namespace, name))

    def _written(self, method: str, path: str, body: dict[str, Any]) -> str:
        return str(self._admin(method, path, msgspec.json.encode(body))["resourceVersion"])

    def reset(self) -> None:
        """No faults, no scripts, counts at zero: the state of a new homelab."""
        self.clear_faults()
        self.forget_scripts()
        self.reset_counts()

    @property
    def running(self) -> bool:
        """Whether the child still lives."""
        return self._child.poll() is None

    def stop(self, timeout: float = 10.0) -> None:
        """End the child and leave nothing behind; harmless when it has ended already."""
        _end(self._child, timeout)
        shutil.rmtree(self.directory, ignore_errors=True)

    def _admin(self, method: str, path: str, body: bytes | None = None) -> Any:
        connection = _UnixConnection(str(self.admin_socket), timeout=30)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            content = answer.read()
        except OSError as error:
            raise SimError(f"The homelab's admin socket {self.admin_socket} does not answer: {error}") from error
        finally:
            connection.close()
        if answer.status >= 400:
            raise SimError(content.decode(errors="replace").strip())
        return msgspec.json.decode(content)


def start(
    *,
    nodes: int = 6,
    namespaces: int = 30,
    pods: int = 300,
    pvcs: int = 40,
    seed: int = 7,
    port: int = 0,
    latency: float | Delay = 0.0,
    bandwidth: float = 0.0,
    fairness: bool = False,
    seats: int = SEATS,
    churn: float = 0.0,
    from_kubeconfig: str = "",
    context: str = "",
    kubernetes_version: str = "1.34",
    without: Sequence[Part] = (),
    healthy: bool = False,
    default_class: bool = True,
    endpoints: bool = False,
    faults: Sequence[Rule] = (),
    kubelets: Certified | None = None,
) -> RunningSim:
    """Start a homelab and return once it serves. ``latency`` is in seconds; see ``sim.options.Options`` for the rest.

    Raises OptionsError or RuleError for values that make no homelab, SimError where the child could not serve.
    """
    return start_with(
        Options(
            nodes=nodes,
            namespaces=namespaces,
            pods=pods,
            pvcs=pvcs,
            seed=seed,
            port=port,
            latency=latency if isinstance(latency, Delay) else Delay(mean=latency),
            bandwidth=bandwidth,
            fairness=fairness,
            seats=seats,
            churn=churn,
            from_kubeconfig=from_kubeconfig,
            context=context,
            kubernetes_version=kubernetes_version,
            without=tuple(without),
            healthy=healthy,
            default_class=default_class,
            endpoints=endpoints,
            faults=tuple(faults),
            kubelets=kubelets,
        )
    )


def start_with(options: Options) -> RunningSim:
    """Like ``start``, from one value."""
    options.validate()
    child = subprocess.Popen(
        [sys.executable, "-m", "homeperf_ray.sim"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    line = b""
    try:
        child.stdin.write(msgspec.json.encode(options) + b"\n")
        child.stdin.flush()
        line = child.stdout.readline()
        ready = msgspec.json.decode(line, type=Ready)
    except BaseException as error:
        _end(child)
        if isinstance(error, (msgspec.MsgspecError, OSError)):
            raise SimError(_failure(line, child.returncode)) from error
        raise
    return RunningSim(child, ready)


def _end(child: subprocess.Popen[bytes], timeout: float = 10.0) -> None:
    """End a child, which cleans up after itself unless it has to be killed."""
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
    child.terminate()
    try:
        child.wait(timeout)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _failure(line: bytes, code: int) -> str:
    try:
        return str(msgspec.json.decode(line)["error"])
    except (msgspec.MsgspecError, KeyError, TypeError):
        return f"The homelab ended with code {code} before it served."
