"""A stub kubelet behind an address of its own: TLS, and every user judged by the genuine server's reviews.

kube-apiserver refuses to proxy to loopback, so the address is one end of a cable (veth) whose other end is in a network
namespace. Only the listening socket lives there; the stub itself runs here, where it can reach the server.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any, Self

from tests.apiserver.server import ApiServer

SPACE = f"hpk{os.getpid() % 10_000}"
OURS, THEIRS = "10.213.78.1", "10.213.78.2"
PORT = 10_250

_HAND_OVER = """
import socket, sys
channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
channel.connect(sys.argv[1])
listener = socket.create_server((sys.argv[2], int(sys.argv[3])), backlog=64)
socket.send_fds(channel, [b"x"], [listener.fileno()])
"""


def why_not() -> str:
    """Why there can be no such address here; empty where there can."""
    if sys.platform != "linux" or shutil.which("ip") is None:
        return "network namespaces need Linux and ip"
    if os.getuid():
        return "network namespaces need root"
    name = f"{SPACE}-try"
    made = _ip("netns", "add", name, check=False)
    _ip("netns", "del", name, check=False)
    return made.stderr.strip()


def _ip(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["ip", *arguments], check=check, capture_output=True, text=True, timeout=20)


class Kubelet:
    """Answers ``/stats/summary`` with ``summary`` while the ``with`` block runs; ``asked`` holds whom it let in."""

    def __init__(self, server: ApiServer, certificate: tuple[Path, Path], summary: dict[str, Any]) -> None:
        self._api = server
        self._certificate = certificate
        self.summary = summary
        self.asked: list[str] = []
        self.refused: list[int] = []
        self._folder = Path(tempfile.mkdtemp(prefix="hpk-"))

    def __enter__(self) -> Self:
        try:
            self._cable()
            listener = self._listener()
        except BaseException:
            self._clean()
            raise
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self._certificate)
        context.verify_mode = ssl.CERT_OPTIONAL
        context.load_verify_locations(self._api.authority)
        self._http = _Server(listener, context, self)
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._clean()

    def answer(self, handler: BaseHTTPRequestHandler) -> tuple[int, bytes]:
        """Status and body for one request."""
        user = self._user(handler)
        status = 401 if user is None else 200 if self._may(user) else 403
        if status != 200:
            self.refused.append(status)
            return status, b"Unauthorized" if status == 401 else b"Forbidden"
        assert user is not None
        if handler.path != "/stats/summary":
            return 404, b"404 page not found\n"
        self.asked.append(user["username"])
        return 200, json.dumps(self.summary).encode()

    def _user(self, handler: BaseHTTPRequestHandler) -> dict[str, Any] | None:
        """By client certificate, else by a TokenReview, as kubelets do it."""
        peer = handler.connection.getpeercert()
        if peer:
            parts = [part for relative in peer["subject"] for part in relative]
            groups = [value for key, value in parts if key == "organizationName"]
            return {"username": next(value for key, value in parts if key == "commonName"), "groups": groups}
        scheme, _, token = handler.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer":
            return None
        status = self._review("authentication.k8s.io", "TokenReview", {"token": token})
        return status["user"] if status.get("authenticated") else None

    def _may(self, user: dict[str, Any]) -> bool:
        attributes = {"verb": "get", "version": "v1", "resource": "nodes", "subresource": "stats", "name": "stubbed"}
        spec = {"user": user["username"], "groups": user.get("groups", []), "resourceAttributes": attributes}
        return bool(self._review("authorization.k8s.io", "SubjectAccessReview", spec)["allowed"])

    def _review(self, group: str, kind: str, spec: dict[str, Any]) -> dict[str, Any]:
        document = {"apiVersion": f"{group}/v1", "kind": kind, "spec": spec}
        request = urllib.request.Request(
            f"{self._api.url}/apis/{group}/v1/{kind.lower()}s",
            json.dumps(document).encode(),
            {"Authorization": f"Bearer {self._api.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, context=self._api.context, timeout=20) as said:
            return json.loads(said.read())["status"]

    def _cable(self) -> None:
        _ip("netns", "add", SPACE)
        _ip("-n", SPACE, "link", "set", "lo", "up")
        _ip("link", "add", "name", f"{SPACE}a", "type", "veth", "peer", "name", "eth0", "netns", SPACE)
        _ip("addr", "add", f"{OURS}/30", "dev", f"{SPACE}a")
        _ip("link", "set", f"{SPACE}a", "up")
        _ip("-n", SPACE, "addr", "add", f"{THEIRS}/30", "dev", "eth0")
        _ip("-n", SPACE, "link", "set", "eth0", "up")

    def _listener(self) -> socket.socket:
        """A socket that was made in the namespace, handed over to this process."""
        path = str(self._folder / "s")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
            door.bind(path)
            door.listen(1)
            door.settimeout(30)
            command = ["ip", "netns", "exec", SPACE, sys.executable, "-c", _HAND_OVER, path, THEIRS, str(PORT)]
            child = subprocess.Popen(command)
            try:
                channel, _ = door.accept()
                with channel:
                    _, descriptors, _, _ = socket.recv_fds(channel, 1, 1)
            finally:
                child.wait(30)
        return socket.socket(fileno=descriptors[0])

    def _clean(self) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            _ip("netns", "del", SPACE, check=False)
            _ip("link", "del", f"{SPACE}a", check=False)
        shutil.rmtree(self._folder, ignore_errors=True)


class _Server(ThreadingMixIn, HTTPServer):
    daemon_threads = True

    def __init__(self, listener: socket.socket, context: ssl.SSLContext, kubelet: Kubelet) -> None:
        super().__init__((THEIRS, PORT), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self._context = context
        self.kubelet = kubelet

    def get_request(self) -> tuple[socket.socket, Any]:
        plain, address = self.socket.accept()
        plain.settimeout(20)
        return self._context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that does not like the certificate hangs up; that is its right."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        assert isinstance(self.server, _Server)
        status, body = self.server.kubelet.answer(self)
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if status == 200 else "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass
