"""The local runtime: started, looked at and ended. Nothing here imports ray; Ray's own processes do."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from homeperf_ray.actors.client import LONG_PATIENCE, Unavailable, connect
from homeperf_ray.actors.folder import RuntimeFolder
from homeperf_ray.actors.processes import MARK, end, processes_of
from homeperf_ray.actors.protocol import State
from homeperf_ray.kube.errors import ConfigError, KubeError, Unreachable

STORE_BYTES = 256 << 20
"""Of the object store, in shared memory."""

START_SECONDS = 90.0


class Record(msgspec.Struct, frozen=True):
    """What ``up`` wrote down, so that ``down`` ends just these processes."""

    mark: str
    temp: str
    workers: int
    idle_stop: float = 0.0
    budgets: str = ""

    @property
    def ray(self) -> Path:
        """Ray's own folder. Ray opens it to everyone, so it lies in one that is not."""
        return Path(self.temp) / "r"


class Runtime:
    """The runtime of one folder."""

    def __init__(self, folder: RuntimeFolder) -> None:
        self.folder = folder

    def up(self, workers: int, *, idle_stop: float = 0.0, budgets: Path | None = None) -> bool:
        """Start it with so many workers; False where it is up already.

        After ``idle_stop`` seconds without a check it ends by itself; 0 for never. ``budgets`` is the folder of the
        budgets that it shares with the local runs of its user, None for a budget of its own.
        What a runtime that died left behind is cleared away first. Raises KubeError, with Ray's own last words, where
        it does not start; nothing is left of it then.
        """
        self.folder.prepare()
        with self._locked():
            client = connect(self.folder, patience=LONG_PATIENCE)
            if not isinstance(client, Unavailable):
                client.close()
                return False
            self._clear()
            record = Record(
                secrets.token_hex(8), tempfile.mkdtemp(prefix="homeperf-"), workers, idle_stop, str(budgets or "")
            )
            write_private(self.folder.state, msgspec.json.encode(record))
            write_private(self.folder.token, secrets.token_hex(32).encode())
            try:
                self._start(record)
            except BaseException:
                self._clear()
                raise
            return True

    def down(self, only: str = "") -> int:
        """End every process of it and remove its files; how many processes there were.

        With ``only``, nothing is done where the runtime that is up has another mark.
        """
        if not self.folder.path.is_dir():
            return 0
        if problem := self.folder.problem():
            raise ConfigError(problem, f"Remove {self.folder.path} by hand.")
        with self._locked():
            record = self.record()
            if only and (record is None or record.mark != only):
                return 0
            return self._clear()

    def state(self) -> State | Unavailable:
        """What it does, or why it cannot say."""
        client = connect(self.folder, patience=LONG_PATIENCE)
        if isinstance(client, Unavailable):
            return client
        with client:
            return client.status()

    def record(self) -> Record | None:
        """What ``up`` wrote down; None where nothing was started, or the file is not what it was."""
        try:
            return msgspec.json.decode(self.folder.state.read_bytes(), type=Record)
        except (OSError, msgspec.MsgspecError):
            return None

    def processes(self) -> set[int]:
        """The ids of its processes."""
        record = self.record()
        return processes_of(record.mark, record.temp) if record else set()

    def _start(self, record: Record) -> None:
        environment = ray_environment(self.folder, record)
        head = [
            *("start", "--head", "--node-ip-address=127.0.0.1", "--port=0", f"--temp-dir={record.ray}"),
            *("--include-dashboard=false", "--include-log-monitor=false", "--disable-usage-stats"),
            *("--num-cpus=0", "--num-gpus=0", f"--object-store-memory={STORE_BYTES}"),
        ]
        with open(self.folder.log, "wb", opener=_private) as log:
            self._run([_ray(), *head], environment, log.fileno())
            address = (record.ray / "ray_current_cluster").read_text().strip()
            boot = [sys.executable, "-m", "homeperf_ray.actors.boot", address, str(self.folder.path)]
            self._run(
                [*boot, str(record.workers), str(STORE_BYTES), str(record.idle_stop), record.budgets],
                environment,
                log.fileno(),
            )

    def _run(self, command: list[str], environment: dict[str, str], log: int) -> None:
        try:
            done = subprocess.run(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                timeout=START_SECONDS,
                check=False,
                start_new_session=True,
            )
        except subprocess.TimeoutExpired:
            raise Unreachable(
                f"the Ray runtime did not start within {START_SECONDS:.0f} s", f"Its log is {self.folder.log}."
            ) from None
        if done.returncode:
            said = self.folder.log.read_text(errors="replace")
            words = [line for line in said.strip().splitlines() if line.strip()][-3:]
            raise Unreachable(f"the Ray runtime did not start: {' / '.join(words)}", f"Its log is {self.folder.log}.")

    def _clear(self) -> int:
        """End what is left and remove its files, the log excepted."""
        record = self.record()
        found = processes_of(record.mark, record.temp) if record else set()
        end(found)
        if record:
            end(processes_of(record.mark, record.temp))
            shutil.rmtree(record.temp, ignore_errors=True)
        for path in (self.folder.socket, self.folder.token, self.folder.state):
            path.unlink(missing_ok=True)
        return len(found)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One ``up`` or ``down`` at a time."""
        with open(self.folder.lock, "wb", opener=_private) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def ray_environment(folder: RuntimeFolder, record: Record) -> dict[str, str]:
    """The environment of Ray's processes: loopback only, a token, no reports to anybody."""
    ambient = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    return {
        **ambient,
        MARK: record.mark,
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN_PATH": str(folder.token),
        # This is what makes Ray bind to 127.0.0.1 on Linux too; see docs/security.md.
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
        "RAY_TMPDIR": str(record.ray),
    }


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read, from its first moment on."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _ray() -> str:
    """The ``ray`` command beside this interpreter."""
    beside = Path(sys.executable).with_name("ray")
    found = str(beside) if beside.exists() else shutil.which("ray")
    if not found:
        raise KubeError(
            "the ray command is missing", "Install homeperf with its dependencies: pip install homeperf-ray"
        )
    return found
