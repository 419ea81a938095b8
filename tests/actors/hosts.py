"""Hosts on one machine: network namespaces on a bridge, each with its own address, processes and shared memory."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

PREFIX = f"hp{os.getpid() % 10_000}"
NET = "10.213.7"
OURS = f"{NET}.1"
BIN = Path(sys.executable).parent


def ip(*arguments: str, check: bool = True) -> subprocess.CompletedProcess:
    return subprocess.run(["ip", *arguments], check=check, capture_output=True, text=True, timeout=20)


def why_not() -> str:
    """Why namespaces cannot be made here; empty where they can."""
    if shutil.which("ip") is None or shutil.which("unshare") is None or shutil.which("nsenter") is None:
        return "ip, unshare or nsenter is missing"
    if os.getuid():
        return "network namespaces need root"
    name = f"{PREFIX}-try"
    made = ip("netns", "add", name, check=False)
    ip("netns", "del", name, check=False)
    return made.stderr.strip()


class Hosts:
    """A bridge and what hangs on it. ``close`` leaves nothing, whatever has failed before."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.folder = Path(tempfile.mkdtemp(prefix="hp-hosts-"))
        self.running: dict[str, subprocess.Popen] = {}
        self._made: list[str] = []

    def bridge(self) -> None:
        """Make the bridge, with an address of this machine on it."""
        self._space("sw")
        ip("-n", self.name("sw"), "link", "add", "br0", "type", "bridge")
        ip("-n", self.name("sw"), "link", "set", "br0", "up")
        ip("link", "add", "name", f"{PREFIX}-up", "type", "veth", "peer", "name", "v-up", "netns", self.name("sw"))
        ip("-n", self.name("sw"), "link", "set", "v-up", "master", "br0", "up")
        ip("addr", "add", f"{OURS}/24", "dev", f"{PREFIX}-up")
        ip("link", "set", f"{PREFIX}-up", "up")

    def name(self, host: str) -> str:
        return f"{PREFIX}-{host}"

    def add(self, host: str, number: int) -> None:
        """A host that has an address and runs nothing."""
        self._space(host)
        space, switch = self.name(host), self.name("sw")
        ip("-n", space, "link", "set", "lo", "up")
        ip("link", "add", "name", "eth0", "netns", space, "type", "veth", "peer", "name", f"v-{host}", "netns", switch)
        ip("-n", switch, "link", "set", f"v-{host}", "master", "br0", "up")
        ip("-n", space, "addr", "add", f"{NET}.{number}/24", "dev", "eth0")
        ip("-n", space, "link", "set", "eth0", "up")

    def start(self, host: str, *ray: str) -> None:
        """Start Ray on a host, with a process tree, a /tmp/ray and a /dev/shm of its own."""
        temp = self.folder / host
        shutil.rmtree(temp, ignore_errors=True)
        temp.mkdir()
        script = (
            f"mount --make-rprivate / && mkdir -p /tmp/ray && mount --bind {temp} /tmp/ray && "
            f"mount -t tmpfs -o size=512m tmpfs /dev/shm && hostname {host} && exec {BIN}/ray start {' '.join(ray)}"
        )
        inside = ["unshare", "-m", "-u", "-p", "-f", "--mount-proc", "--kill-child", "bash", "-c", script]
        with (self.folder / f"{host}.log").open("ab") as log:
            self.running[host] = subprocess.Popen(
                ["ip", "netns", "exec", self.name(host), *inside],
                env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def enter(self, host: str) -> list[str]:
        """A command's beginning that runs the rest on a host where Ray runs."""
        outer = self.running[host].pid
        [inner] = Path(f"/proc/{outer}/task/{outer}/children").read_text().split()
        return ["nsenter", "-t", inner, "-n", "-m", "-u", "-p"]

    def power_off(self, host: str) -> None:
        """Cut the link first, so that nobody is told, then end every process."""
        ip("-n", self.name("sw"), "link", "set", f"v-{host}", "down")
        self._kill(host)

    def plug_in(self, host: str) -> None:
        ip("-n", self.name("sw"), "link", "set", f"v-{host}", "up")

    def log(self, host: str) -> str:
        return (self.folder / f"{host}.log").read_text(errors="replace")[-2000:]

    def close(self) -> None:
        for host in list(self.running):
            self._kill(host)
        for host in self._made:
            for pid in ip("netns", "pids", self.name(host), check=False).stdout.split():
                subprocess.run(["kill", "-9", pid], check=False)
        ip("link", "del", f"{PREFIX}-up", check=False)
        for host in self._made:
            ip("netns", "del", self.name(host), check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _kill(self, host: str) -> None:
        process = self.running.pop(host)
        for pid in ip("netns", "pids", self.name(host), check=False).stdout.split():
            subprocess.run(["kill", "-9", pid], check=False, capture_output=True)
        process.kill()
        process.wait(20)

    def _space(self, host: str) -> None:
        ip("netns", "add", self.name(host))
        self._made.append(host)


class Relay:
    """Passes connections to an address of the bridge on to a port on loopback."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener = socket.create_server((OURS, 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._port))
            except OSError:
                return
            for pair in ((near, far), (far, near)):
                threading.Thread(target=_pump, args=pair, daemon=True).start()


def _pump(source: socket.socket, to: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            to.sendall(data)
    except OSError:
        pass
    for end in (source, to):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            continue
