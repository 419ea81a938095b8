"""Budgets in files: shared, private, and robust against whatever is found there."""

# ruff: noqa: ASYNC230, ASYNC240, PTH123 - files of a test are small and near

from __future__ import annotations

import asyncio
import fcntl
import multiprocessing
import os
import resource
import signal
import stat
import time
from pathlib import Path

import msgspec
import pytest

from homeperf_ray.limits.account import SHARE, Account
from homeperf_ray.limits.account_files import MAGIC, AccountFiles
from homeperf_ray.limits.accounts import AGAIN, SharedAccounts, Unshareable
from homeperf_ray.limits.clock import boot, boottime
from homeperf_ray.limits.lease import EXPIRY, Ask, Budget
from homeperf_ray.limits.limiter import Limiter
from homeperf_ray.limits.local_budgets import LocalBudgets
from tests.limits.virtual import Clock
from tests.limits.windows import most_in_any_window

BUDGET = Budget(50, 100)


class Process:
    """One process's view of the folder."""

    def __init__(self, folder: Path, clock=None) -> None:
        self.files = AccountFiles(folder, clock=clock or boottime)
        self.limiter = Limiter(self.files, clock or boottime)
        self.number = 0

    async def ask(self, wanted: int, budget: Budget = BUDGET):
        self.number += 1
        return await self.limiter.lease("server", budget, Ask(f"{id(self)}", self.number, wanted))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "budget"


def file_in(folder: Path) -> Path:
    return folder / boot() / "server.budget"


@pytest.fixture
def clock() -> Clock:
    return Clock(1000.0)


async def test_two_processes_share_one_budget(folder: Path, clock: Clock):
    one, two = Process(folder, clock), Process(folder, clock)
    granted = [(await process.ask(60)).permits for process in (one, two, one)]
    assert granted[:2] == [60, 40]
    assert (await two.ask(1)).delay > 0


async def test_files_and_folders_are_their_owners_alone(folder: Path):
    await Process(folder).ask(1)
    assert stat.S_IMODE(file_in(folder).stat().st_mode) == 0o600
    assert stat.S_IMODE(file_in(folder).parent.stat().st_mode) == 0o700
    assert [path.name for path in file_in(folder).parent.iterdir()] == ["server.budget"]


async def test_just_after_the_machine_was_started_there_is_no_burst_yet(folder: Path):
    assert (await Process(folder, Clock(0.5)).ask(64)).permits == 25


@pytest.mark.parametrize(
    "content",
    [
        b"x",
        MAGIC,
        MAGIC + b"\0" * 200,
        b"\0" * 500,
        b"a" * (1 << 17),
        b"homeperf budget 9\n1234abc",
    ],
    ids=["short", "head only", "wrong sum", "zeros", "huge", "another version"],
)
async def test_what_is_no_budget_is_begun_anew_without_a_burst(folder: Path, clock: Clock, content: bytes):
    await Process(folder, clock).ask(1)
    file_in(folder).write_bytes(content)
    lease = await Process(folder, clock).ask(10)
    assert lease.delay == pytest.approx((1 + SHARE * 50) / 50), "what was granted ahead is paid off first"
    assert (await Process(folder, clock).ask(1)).delay > lease.delay


async def test_one_broken_bit_is_found(folder: Path, clock: Clock):
    await Process(folder, clock).ask(1)
    data = bytearray(file_in(folder).read_bytes())
    for position in range(len(MAGIC), len(data)):
        broken = bytearray(data)
        broken[position] ^= 0x10
        file_in(folder).write_bytes(broken)
        assert (await Process(folder, clock).ask(1)).delay > 0


async def test_a_file_from_the_future_is_begun_anew_without_a_burst(folder: Path, clock: Clock):
    await Process(folder, Clock(9000.0)).ask(1)
    assert (await Process(folder, clock).ask(64)).delay > 0
    clock.now += 1
    assert (await Process(folder, clock).ask(64)).permits == 40


async def test_the_wall_clock_does_not_matter(folder: Path):
    process = Process(folder)
    await process.ask(1)
    os.utime(file_in(folder), (0, 0))
    assert (await process.ask(1)).permits
    os.utime(file_in(folder), (4e9, 4e9))
    assert (await process.ask(1)).permits


async def test_a_removed_file_is_made_again_and_shared_again(folder: Path, clock: Clock):
    one, two = Process(folder, clock), Process(folder, clock)
    await one.ask(60)
    file_in(folder).unlink()
    assert (await two.ask(60)).permits == 60
    assert (await one.ask(60)).permits == 40


async def test_a_renamed_file_is_made_again_and_shared_again(folder: Path, clock: Clock):
    one, two = Process(folder, clock), Process(folder, clock)
    await one.ask(60)
    file_in(folder).rename(folder / "kept")
    assert (await one.ask(60)).permits == 60
    assert (await two.ask(60)).permits == 40


async def test_what_lies_about_in_the_folder_neither_stops_a_run_nor_the_status(folder: Path, clock: Clock):
    folder.mkdir(parents=True)
    (folder / "nowhere").symlink_to(folder / "gone")
    os.utime(folder / "nowhere", (0, 0), follow_symlinks=False)
    process = Process(folder, clock)
    await process.ask(1)
    os.mkfifo(file_in(folder).with_name("pipe.budget"))
    file_in(folder).with_name("link.budget").symlink_to(file_in(folder))
    file_in(folder).with_name("other.budget").write_bytes(b"no budget")
    assert len(await process.files.every()) == 1


async def test_what_earlier_starts_left_long_ago_is_removed(folder: Path):
    for name, age in (("old", 30), ("young", 1)):
        (folder / name).mkdir(parents=True)
        os.utime(folder / name, (time.time() - age * 86400,) * 2)
    await Process(folder).ask(1)
    assert sorted(path.name for path in folder.iterdir()) == sorted(["young", boot()])


class TestUnshareable:
    @pytest.fixture
    def made(self, folder: Path) -> Path:
        file_in(folder).parent.mkdir(parents=True)
        return file_in(folder)

    async def refused(self, folder: Path) -> str:
        with pytest.raises(Unshareable) as reason:
            await Process(folder).ask(1)
        return str(reason.value)

    async def test_a_link(self, folder: Path, made: Path, tmp_path: Path):
        (tmp_path / "elsewhere").write_text("mine")
        made.symlink_to(tmp_path / "elsewhere")
        assert str(made) in await self.refused(folder)
        assert (tmp_path / "elsewhere").read_text() == "mine"

    async def test_a_pipe(self, folder: Path, made: Path):
        os.mkfifo(made)
        assert "is not a file" in await self.refused(folder)

    async def test_a_folder(self, folder: Path, made: Path):
        made.mkdir()
        assert str(made) in await self.refused(folder)

    async def test_one_that_others_may_write_to(self, folder: Path, made: Path):
        made.touch()
        made.chmod(0o666)
        assert "others" in await self.refused(folder)

    async def test_one_that_is_another_file_of_the_users_too(self, folder: Path, made: Path, tmp_path: Path):
        (tmp_path / "letters").write_text("mine")
        (tmp_path / "letters").chmod(0o600)
        made.hardlink_to(tmp_path / "letters")
        assert "another name" in await self.refused(folder)
        assert (tmp_path / "letters").read_text() == "mine"

    @pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file away")
    async def test_one_of_another_user(self, folder: Path, made: Path):
        made.touch(0o600)
        os.chown(made, 54321, 54321)
        assert "another user" in await self.refused(folder)

    async def test_a_file_where_the_folder_should_be(self, folder: Path):
        folder.parent.mkdir()
        folder.write_text("")
        assert str(folder) in await self.refused(folder)

    async def test_a_run_goes_on_with_a_budget_of_its_own_and_says_so(self, folder: Path):
        folder.parent.mkdir()
        folder.write_text("")
        budgets = LocalBudgets(folder)
        gate = budgets.gate("server", "https://homelab", BUDGET)
        await asyncio.gather(*(gate.acquire() for _ in range(90)))
        assert "not shared" in budgets.note
        assert str(folder) in budgets.note
        await budgets.close()

    async def test_once_it_can_be_shared_again_it_is(self, folder: Path, clock: Clock):
        folder.parent.mkdir()
        folder.write_text("")
        limiter = Limiter(SharedAccounts(AccountFiles(folder, clock=clock), clock), clock)
        assert (await limiter.lease("server", BUDGET, Ask("one", 1, 60))).permits == 60
        folder.unlink()
        assert (await limiter.lease("server", BUDGET, Ask("one", 2, 60))).permits == 40
        assert limiter.alone
        clock.now += AGAIN
        await limiter.lease("server", BUDGET, Ask("one", 3, 60))
        assert not limiter.alone
        assert (await Process(folder, clock).ask(60)).permits == 40

    async def test_what_cannot_be_used_any_more_has_no_burst_left(self, folder: Path, clock: Clock):
        limiter = Limiter(SharedAccounts(AccountFiles(folder, clock=clock), clock), clock)
        await limiter.lease("server", BUDGET, Ask("one", 1, 60))
        file_in(folder).unlink()
        file_in(folder).mkdir()
        assert (await limiter.lease("server", BUDGET, Ask("one", 2, 60))).delay > 0
        assert str(file_in(folder)) in limiter.alone

    async def test_a_lock_that_is_never_given_back_is_given_up_and_the_own_budget_has_no_burst(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("homeperf_ray.limits.account_files.PATIENCE", 0.2)
        await Process(folder).ask(1)
        with open(file_in(folder), "rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            limiter = Limiter(SharedAccounts(AccountFiles(folder), boottime), boottime)
            ticks = 0

            async def tick() -> None:
                nonlocal ticks
                while True:
                    await asyncio.sleep(0.005)
                    ticks += 1

            ticking = asyncio.create_task(tick())
            lease = await limiter.lease("server", BUDGET, Ask("one", 1, 10))
            ticking.cancel()
        assert lease.delay > 0
        assert "locked" in limiter.alone
        assert ticks >= 10, "the event loop goes on while somebody else holds the lock"


async def test_a_lock_that_passes_from_hand_to_hand_is_not_given_up(folder: Path, monkeypatch: pytest.MonkeyPatch):
    """Whoever has it changes the file: they go on, it is only never this process's turn."""
    monkeypatch.setattr("homeperf_ray.limits.account_files.PATIENCE", 0.2)
    one = Process(folder)
    await one.ask(1)
    with open(file_in(folder), "r+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        asking = asyncio.create_task(one.ask(1))
        for number in range(20):
            await asyncio.sleep(0.05)
            os.utime(held.fileno(), (number, number))
        assert not asking.done()
        fcntl.flock(held, fcntl.LOCK_UN)
        assert (await asking).permits


def _with_a_full_disk(folder: str, out) -> None:
    """The system refuses every further byte of a file."""

    async def run() -> tuple[float, str]:
        limiter = Limiter(SharedAccounts(AccountFiles(Path(folder)), boottime), boottime)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        lease = await limiter.lease("server", BUDGET, Ask("one", 1, 10))
        return lease.delay, limiter.alone

    out.send(asyncio.run(run()))


async def test_where_the_disk_is_full_a_run_goes_on_alone_and_the_others_find_no_burst_to_spend(folder: Path):
    context = multiprocessing.get_context("spawn")
    receive, send = context.Pipe(duplex=False)
    process = context.Process(target=_with_a_full_disk, args=(str(folder), send))
    process.start()
    assert receive.poll(20)
    delay, alone = receive.recv()
    process.join(10)
    assert delay > 0
    assert str(file_in(folder)) in alone


def _hammer(folder: str, qps: float, burst: int, seconds: float, out) -> None:
    async def run() -> list[float]:
        budgets = LocalBudgets(Path(folder))
        gate = budgets.gate("server", "https://homelab", Budget(qps, burst))
        sent: list[float] = []

        async def one() -> None:
            while boottime() < end:
                await gate.acquire()
                sent.append(boottime())

        end = boottime() + seconds
        await asyncio.gather(*(one() for _ in range(4)))
        assert not budgets.note
        return sent

    out.send(asyncio.run(run()))


def test_processes_that_are_killed_while_they_hold_the_lock_take_nothing_with_them(folder: Path):
    context = multiprocessing.get_context("spawn")
    workers = []
    for seconds in (1.5, 1.5, 30, 30):
        receive, send = context.Pipe(duplex=False)
        worker = context.Process(target=_hammer, args=(str(folder), 2000.0, 50, seconds, send))
        worker.start()
        workers.append((worker, receive, seconds))
    time.sleep(1.5)
    for worker, _, seconds in workers:
        if seconds == 30:
            os.kill(worker.pid, signal.SIGKILL)
    for worker, receive, seconds in workers:
        if seconds != 30:
            assert receive.poll(20)
            sent = receive.recv()
            assert len(sent) > 100
            assert most_in_any_window(sent, 2000, slack=EXPIRY) <= 50
        worker.join(10)
    data = file_in(folder).read_bytes()
    account = msgspec.msgpack.decode(data[len(MAGIC) + 4 :], type=Account)
    assert account.sound(boottime())
