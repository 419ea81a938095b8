"""A genuine kube-apiserver with its etcd, from ``$KUBEBUILDER_ASSETS``, on loopback."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any, Self

import yaml

from tests.apiserver.pki import Authority, service_account_key

LIMITED = "limited"
READY_SECONDS = 90


class ApiServer:
    """Runs while the ``with`` block does. Requests that really arrived are read from the server's audit log."""

    def __init__(self, assets: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="homeperf-apiserver-"))
        self._assets = assets
        self._processes: list[subprocess.Popen[bytes]] = []
        self._authority = Authority(self.folder)
        self.token = secrets.token_hex(16)
        self.limited_token = secrets.token_hex(16)
        etcd, peer, secure = _free_ports(3)
        self.url = f"https://127.0.0.1:{secure}"
        self._etcd, self._peer, self._secure = etcd, peer, secure
        self._audit = self.folder / "audit.log"

    def __enter__(self) -> Self:
        try:
            self._start_etcd()
            self._start_apiserver()
            self._await_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        for process in reversed(self._processes):
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def context(self) -> ssl.SSLContext:
        """TLS that trusts this server's CA."""
        return ssl.create_default_context(cafile=str(self._authority.path))

    def kubeconfig(self, name: str, **user: Any) -> Path:
        """A kubeconfig of mode 0600 for one user."""
        path = self.folder / f"{name}.kubeconfig"
        path.touch(mode=0o600)
        cluster = {"server": self.url, "certificate-authority": str(self._authority.path)}
        path.write_text(
            yaml.safe_dump(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "current-context": name,
                    "clusters": [{"name": "c", "cluster": cluster}],
                    "users": [{"name": name, "user": user}],
                    "contexts": [{"name": name, "context": {"cluster": "c", "user": name}}],
                }
            )
        )
        return path

    @property
    def admin(self) -> Path:
        return self.kubeconfig("admin-token", token=self.token)

    @property
    def limited(self) -> Path:
        return self.kubeconfig(LIMITED, token=self.limited_token)

    def by_certificate(self, *, expired: bool = False) -> Path:
        """An administrator by client certificate."""
        file = "expired" if expired else "certificate"
        certificate, key = self._authority.client(file, "cert-admin", "system:masters", expired=expired)
        return self.kubeconfig(f"admin-{file}", **{"client-certificate": str(certificate), "client-key": str(key)})

    def requests(self, agent: str = "homeperf/") -> list[dict[str, Any]]:
        """What has arrived from one kind of client since ``forget``: the audit log's events, one a request."""
        self._marker()
        events = [json.loads(line) for line in self._audit.read_text().splitlines()[self._seen :]]
        return [event for event in events if event.get("userAgent", "").startswith(agent)]

    def forget(self) -> None:
        """Count from now on."""
        self._marker()
        self._seen = len(self._audit.read_text().splitlines())

    _seen = 0

    def get(self, path: str, agent: str = "test") -> dict[str, Any]:
        request = urllib.request.Request(
            self.url + path, headers={"Authorization": f"Bearer {self.token}", "User-Agent": agent}
        )
        with urllib.request.urlopen(request, context=self.context(), timeout=10) as answer:
            return json.load(answer)

    def _marker(self) -> None:
        """Wait until the audit log holds a request that was sent after all others."""
        agent = f"marker-{secrets.token_hex(6)}"
        self.get("/version", agent)
        deadline = time.monotonic() + 10
        while agent not in self._audit.read_text():
            assert time.monotonic() < deadline, "the audit log does not move"
            time.sleep(0.02)

    def _start_etcd(self) -> None:
        client, peer = f"http://127.0.0.1:{self._etcd}", f"http://127.0.0.1:{self._peer}"
        self._spawn(
            "etcd",
            f"--data-dir={self.folder}/etcd",
            f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
            "--unsafe-no-fsync",
        )

    def _start_apiserver(self) -> None:
        certificate, key = self._authority.server()
        account = service_account_key(self.folder / "sa.key")
        tokens = self.folder / "tokens.csv"
        tokens.touch(mode=0o600)
        tokens.write_text(f"{self.token},admin,1,system:masters\n{self.limited_token},{LIMITED},2\n")
        policy = self.folder / "audit.yaml"
        policy.write_text(
            "apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived, ResponseStarted]\n"
            "rules:\n- level: Metadata\n"
        )
        self._spawn(
            "kube-apiserver",
            f"--etcd-servers=http://127.0.0.1:{self._etcd}",
            "--bind-address=127.0.0.1",
            f"--secure-port={self._secure}",
            f"--cert-dir={self.folder}",
            f"--tls-cert-file={certificate}",
            f"--tls-private-key-file={key}",
            f"--client-ca-file={self._authority.path}",
            f"--token-auth-file={tokens}",
            "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-signing-key-file={account}",
            f"--service-account-key-file={account}",
            "--disable-admission-plugins=ServiceAccount",
            "--service-cluster-ip-range=10.0.0.0/16",
            f"--audit-policy-file={policy}",
            f"--audit-log-path={self._audit}",
            "--audit-log-mode=blocking",
        )

    def _spawn(self, program: str, *arguments: str) -> None:
        log = (self.folder / f"{program}.log").open("wb")
        self._processes.append(
            subprocess.Popen(
                [str(self._assets / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env={"PATH": os.environ["PATH"], "HOME": str(self.folder)},
            )
        )

    def _await_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while True:
            for process in self._processes:
                if process.poll() is not None:
                    program = Path(str(process.args[0])).name
                    log = (self.folder / f"{program}.log").read_text()[-2000:]
                    raise RuntimeError(f"{program} ended with code {process.returncode}:\n{log}")
            try:
                self.get("/readyz?verbose=0")
            except json.JSONDecodeError:
                return
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
