"""A genuine kube-apiserver with its etcd, from ``$KUBEBUILDER_ASSETS``, on loopback."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Self

from tests.apiserver.audit import POLICY, AuditLog
from tests.apiserver.pki import Authority, service_account_key, write_secret
from tests.apiserver.users import LIMITED, VISITOR, Users

READY_SECONDS = 120
STOP_SECONDS = 20
LOG_TAIL = 3_000

ADMISSION_OFF = ("ServiceAccount", "TaintNodesByCondition")
"""What needs the controller manager, which does not run: default accounts, and taking a new node's taint away."""


class ApiServer:
    """Runs while the ``with`` block does.

    ``users`` are the kubeconfigs, ``audit`` tells what really arrived, ``etcd_url`` is what the server stores in.
    """

    def __init__(self, assets: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="homeperf-apiserver-"))
        self.token = secrets.token_hex(16)
        etcd, self._peer, secure = _free_ports(3)
        self.url = f"https://127.0.0.1:{secure}"
        self.etcd_url = f"http://127.0.0.1:{etcd}"
        self.audit = AuditLog(self.folder / "audit.log")
        self._assets = assets
        self._processes: list[subprocess.Popen[bytes]] = []
        self._authority = Authority(self.folder)
        self._tokens = {"admin": self.token, LIMITED: secrets.token_hex(16), VISITOR: secrets.token_hex(16)}
        self.users = Users(self.folder, self.url, self._authority, self._tokens)

    def __enter__(self) -> Self:
        try:
            self._spawn("etcd", self._etcd_flags())
            self._spawn("kube-apiserver", self._apiserver_flags())
            self._await_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End both processes and leave nothing behind; harmless when that is done."""
        while self._processes:
            process = self._processes.pop()
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def keep_logs(self, folder: Path) -> None:
        """Copy the logs of both processes and of the requests to where a person can look at them."""
        folder.mkdir(parents=True, exist_ok=True)
        for log in self.folder.glob("*.log"):
            shutil.copy(log, folder)

    @functools.cached_property
    def context(self) -> ssl.SSLContext:
        """TLS that trusts this server's CA."""
        return ssl.create_default_context(cafile=str(self._authority.path))

    @functools.cached_property
    def minor(self) -> int:
        """20 for Kubernetes 1.20.2."""
        return int(json.loads(self.get("/version"))["minor"].rstrip("+"))

    @property
    def pids(self) -> tuple[int, ...]:
        return tuple(process.pid for process in self._processes)

    def get(self, path: str, accept: str = "application/json") -> bytes:
        """GET as administrator. Raises OSError."""
        headers = {"Authorization": f"Bearer {self.token}", "User-Agent": "test", "Accept": accept}
        request = urllib.request.Request(self.url + path, headers=headers)
        with urllib.request.urlopen(request, context=self.context, timeout=20) as answer:
            return answer.read()

    @property
    def authority(self) -> Path:
        """The certificate of the authority that has signed every other one."""
        return self._authority.path

    def kubelet_certificate(self, address: str) -> tuple[Path, Path]:
        """Certificate and key of a kubelet at an IP address."""
        return self._authority.kubelet(address)

    def get_as(self, user: str, path: str) -> bytes:
        """GET as a user of another name, whom the administrator stands for. Raises OSError."""
        headers = {"Authorization": f"Bearer {self.token}", "Impersonate-User": user}
        request = urllib.request.Request(self.url + path, headers=headers)
        with urllib.request.urlopen(request, context=self.context, timeout=20) as answer:
            return answer.read()

    def delete(self, path: str) -> None:
        """DELETE an object as administrator. Raises OSError."""
        headers = {"Authorization": f"Bearer {self.token}"}
        request = urllib.request.Request(self.url + path, headers=headers, method="DELETE")
        urllib.request.urlopen(request, context=self.context, timeout=20).close()

    def post(self, path: str, document: dict[str, Any]) -> None:
        """POST an object as administrator. Raises OSError."""
        headers = {"Authorization": f"Bearer {self.token}", "User-Agent": "test", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, json.dumps(document).encode(), headers)
        urllib.request.urlopen(request, context=self.context, timeout=20).close()

    def items(self, path: str) -> list[dict[str, Any]]:
        """The items of one LIST as administrator."""
        return json.loads(self.get(path))["items"]

    def shown(self, path: str) -> list[dict[str, str]]:
        """What ``kubectl get -A`` shows of one collection: the server's own table, a row an object, plus Namespace."""
        table = json.loads(self.get(path, "application/json;as=Table;g=meta.k8s.io;v=v1"))
        names = [column["name"] for column in table["columnDefinitions"]]
        return [
            {
                **dict(zip(names, map(str, row["cells"]), strict=True)),
                "Namespace": row["object"]["metadata"].get("namespace", ""),
            }
            for row in table["rows"]
        ]

    def _etcd_flags(self) -> list[str]:
        peer = f"http://127.0.0.1:{self._peer}"
        return [
            f"--data-dir={self.folder}/etcd",
            f"--listen-client-urls={self.etcd_url}",
            f"--advertise-client-urls={self.etcd_url}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
            *self._known("etcd", "--unsafe-no-fsync"),
        ]

    @functools.cached_property
    def certificate(self) -> tuple[bytes, bytes]:
        """The server's own certificate and key: something for TLS Secrets to hold."""
        certificate, key = self.files
        return certificate.read_bytes(), key.read_bytes()

    @functools.cached_property
    def files(self) -> tuple[Path, Path]:
        """The same as files."""
        return self._authority.server()

    def _apiserver_flags(self) -> list[str]:
        certificate, key = self.files
        account = service_account_key(self.folder / "service-account.key")
        groups = {"admin": ",system:masters"}
        rows = [f"{token},{user},{user}{groups.get(user, '')}\n" for user, token in self._tokens.items()]
        tokens = write_secret(self.folder / "tokens.csv", "".join(rows))
        shown, shown_key = self._authority.client("kube-apiserver-kubelet-client", "system:masters")
        policy = self.folder / "audit-policy.yaml"
        policy.write_text(POLICY)
        return [
            f"--etcd-servers={self.etcd_url}",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            "--endpoint-reconciler-type=none",
            f"--secure-port={self.url.rpartition(':')[2]}",
            f"--cert-dir={self.folder}",
            f"--tls-cert-file={certificate}",
            f"--tls-private-key-file={key}",
            f"--client-ca-file={self._authority.path}",
            f"--token-auth-file={tokens}",
            f"--kubelet-client-certificate={shown}",
            f"--kubelet-client-key={shown_key}",
            f"--kubelet-certificate-authority={self._authority.path}",
            "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-signing-key-file={account}",
            f"--service-account-key-file={account}",
            f"--disable-admission-plugins={','.join(ADMISSION_OFF)}",
            "--service-cluster-ip-range=10.0.0.0/16",
            f"--audit-policy-file={policy}",
            f"--audit-log-path={self.audit.path}",
            "--audit-log-mode=blocking",
        ]

    def _known(self, program: str, flag: str) -> list[str]:
        """The flag, if this version of the program has it."""
        told = subprocess.run([self._assets / program, "--help"], capture_output=True, text=True, check=False)
        return [flag] if flag in told.stdout + told.stderr else []

    def _spawn(self, program: str, flags: list[str]) -> None:
        with self._log(program).open("wb") as log:
            process = subprocess.Popen(
                [str(self._assets / program), *flags],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env={"PATH": os.environ["PATH"], "HOME": str(self.folder)},
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - one thread, and nothing but a system call
            )
        self._processes.append(process)

    def _log(self, program: str) -> Path:
        return self.folder / f"{program}.log"

    def _await_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not self._ready():
            for process in self._processes:
                if process.poll() is not None:
                    raise RuntimeError(f"{process.args[0]} ended with code {process.returncode}{self._tails()}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"kube-apiserver is not ready after {READY_SECONDS} s{self._tails()}")
            time.sleep(0.05)

    def _ready(self) -> bool:
        with contextlib.suppress(OSError):
            return self.get("/readyz", "text/plain") == b"ok"
        return False

    def _tails(self) -> str:
        logs = (self._log(program) for program in ("etcd", "kube-apiserver"))
        return "".join(f"\n--- {log.name}\n{log.read_text()[-LOG_TAIL:]}" for log in logs if log.exists())


def _die_with_parent() -> None:
    """End with the process that started this one, even if that is killed (Linux)."""
    if sys.platform == "linux":
        import ctypes

        parent_death_signal = 1
        ctypes.CDLL(None).prctl(parent_death_signal, signal.SIGTERM)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
