"""Accounts in files, one a server, that every process of one user on this machine shares."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shutil
import stat
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from homeperf_ray.limits.account import Account
from homeperf_ray.limits.accounts import Act, Unshareable
from homeperf_ray.limits.clock import boot, boottime
from homeperf_ray.limits.lease import Budget

T = TypeVar("T")

MAGIC = b"homeperf budget 1\n"

MAX_BYTES = 1 << 16
"""Of a file; a larger one is none of ours."""

PATIENCE = 2.0
"""Seconds without a change after which a lock that somebody holds is given up. It is held for 0.1 ms by each."""

TRIES = 20
"""Before a lock is given up, however slow this process is."""

FIRST_TRY, LAST_TRY = 0.0005, 0.02
"""Seconds between two tries to get a lock: they double from the first to the last."""

OLD = 7 * 86400.0
"""Seconds after which what an earlier start of a machine has left is removed."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Account).decode


class AccountFiles:
    """Accounts in ``folder``: files of mode 0600, below a folder for this start of this machine.

    A file is changed in place under a lock of the system, which ends with the process that holds it. One that does not
    hold what it should (broken, of another version, from the future) is begun anew with no burst. The clock must be
    the same for all processes of the machine. Raises Unshareable where the files cannot be used.
    """

    alone = ""

    def __init__(self, folder: Path, *, clock: Callable[[], float] = boottime) -> None:
        self._root = folder
        self._folder = folder / boot()
        self._clock = clock
        self._files: dict[str, int] = {}
        self._used: set[str] = set()
        self._patience, self._tries = PATIENCE, TRIES

    async def use(self, server: str, budget: Budget, act: Act[T]) -> T:
        try:
            file = await self._locked(server)
            try:
                now = self._clock()
                account = self._read(file, budget, now)
                result = act(account, now)
                self._used.add(server)
                self._write(file, account)
            finally:
                fcntl.flock(file, fcntl.LOCK_UN)
        except OSError as error:
            reason = f"{error.filename or self._path(server)}: {error.strerror}"
            raise Unshareable(reason, late=server in self._used) from None
        except _Refused as refused:
            raise Unshareable(str(refused), late=server in self._used) from None
        return result

    async def every(self) -> list[Account]:
        found = []
        for path in sorted(self._folder.glob("*.budget")):
            try:
                file = _opened(path, os.O_RDONLY)
            except (OSError, _Refused):
                continue
            try:
                held = _content(os.pread(file, MAX_BYTES + 1, 0))
            finally:
                os.close(file)
            if held is not None and held.sound(self._clock()):
                found.append(held)
        return found

    def close(self) -> None:
        """Close the files."""
        while self._files:
            os.close(self._files.popitem()[1])

    def _path(self, server: str) -> Path:
        return self._folder / f"{server}.budget"

    async def _locked(self, server: str) -> int:
        """The descriptor of a server's file, locked. The file is opened again where somebody has removed it."""
        pause, tries, changed, since = FIRST_TRY, 0, 0, time.monotonic()
        while True:
            tries += 1
            file = self._files.get(server)
            if file is None:
                file = self._files[server] = self._open(server)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if (last := os.fstat(file).st_mtime_ns) != changed:
                    changed, since = last, time.monotonic()
                elif tries > self._tries and time.monotonic() - since > self._patience:
                    self._patience = self._tries = 0
                    self._used.add(server)  # by whoever holds the lock
                    raise _Refused(f"{self._path(server)} is locked by a process that does not go on") from None
                await asyncio.sleep(pause)
                pause = min(pause * 2, LAST_TRY)
                continue
            if self._in_place(server, file):
                self._patience, self._tries = PATIENCE, TRIES
                return file
            os.close(self._files.pop(server))

    def _in_place(self, server: str, file: int) -> bool:
        """Whether it is still what others find; it may have been removed or renamed."""
        with contextlib.suppress(FileNotFoundError):
            return os.path.samestat(os.fstat(file), os.lstat(self._path(server)))
        return False

    def _open(self, server: str) -> int:
        path = self._path(server)
        try:
            return _opened(path, os.O_RDWR | os.O_CREAT)
        except FileNotFoundError:
            self._prepare()
            return _opened(path, os.O_RDWR | os.O_CREAT)

    def _prepare(self) -> None:
        """Make the folders, and remove those of starts that are long past. Others may do the same just now."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for other in self._root.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if other != self._folder and other.lstat().st_mtime < time.time() - OLD:
                    shutil.rmtree(other, ignore_errors=True)

    def _read(self, file: int, budget: Budget, now: float) -> Account:
        data = os.pread(file, MAX_BYTES + 1, 0)
        if not data:
            # Whatever an earlier start of the machine has sent was sent before time 0.
            return Account.opened(budget, now, tokens=now * budget.qps)
        account = _content(data)
        if account is None or not account.sound(now):
            return Account.anew(budget, now)
        return account

    def _write(self, file: int, account: Account) -> None:
        body = _encode(account)
        data = MAGIC + zlib.crc32(body).to_bytes(4, "big") + body
        if os.pwrite(file, data, 0) != len(data):
            raise OSError(0, "it could not be written as a whole")
        os.ftruncate(file, len(data))


class _Refused(Exception):  # noqa: N818 - a reason, not a mistake
    """A file that is not to be used, or cannot be had; the message is a sentence about why."""


def _opened(path: Path, flags: int) -> int:
    """A file of this user's and nobody else's. Raises OSError and _Refused."""
    file = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    found = os.fstat(file)
    wrong = ""
    if not stat.S_ISREG(found.st_mode):
        wrong = "is not a file"
    elif found.st_uid != os.getuid():
        wrong = "belongs to another user"
    elif found.st_nlink > 1:
        wrong = "is a file that has another name, too"
    elif stat.S_IMODE(found.st_mode) & 0o022:
        wrong = "may be written to by others"
    if wrong:
        os.close(file)
        raise _Refused(f"{path} {wrong}")
    return file


def _content(data: bytes) -> Account | None:
    """The account that a file holds; None where it holds something else."""
    head, body = data[: len(MAGIC) + 4], data[len(MAGIC) + 4 :]
    if len(data) > MAX_BYTES or head != MAGIC + zlib.crc32(body).to_bytes(4, "big"):
        return None
    try:
        return _decode(body)
    except msgspec.MsgspecError:
        return None
