"""The budgets of one process, shared with the other processes of its user where that can be done."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from pathlib import Path

from homeperf_ray.limits.account_files import AccountFiles
from homeperf_ray.limits.accounts import Accounts, OwnAccounts, SharedAccounts
from homeperf_ray.limits.clock import boottime
from homeperf_ray.limits.lease import Ask, Budget, Lease, Sign
from homeperf_ray.limits.leased_gate import LeasedGate
from homeperf_ray.limits.limiter import Limiter


class LocalBudgets:
    """One gate a server and budget, over accounts in ``folder``; None keeps them to this process."""

    def __init__(self, folder: Path | None, clock: Callable[[], float] = boottime) -> None:
        self._files = AccountFiles(folder, clock=clock) if folder else None
        accounts: Accounts = SharedAccounts(self._files, clock) if self._files else OwnAccounts(clock)
        self._limiter = Limiter(accounts, clock)
        self._clock = clock
        self._gates: dict[tuple[str, Budget], LeasedGate] = {}
        self._telling: set[asyncio.Task[None]] = set()

    @property
    def note(self) -> str:
        """A sentence about a budget that could not be shared; empty where it is, or was not to be."""
        if not self._files or not self._limiter.alone:
            return ""
        return f"the request budget is not shared with other runs: {self._limiter.alone}"

    def gate(self, server: str, origin: str, budget: Budget) -> LeasedGate:
        """The gate of a server, by its digest and as people know it."""
        key = (server, budget)
        if key not in self._gates:
            self._gates[key] = self._gate(server, origin, budget)
        return self._gates[key]

    async def close(self) -> None:
        """Say what is still to be said, and close the files."""
        if self._telling:
            await asyncio.wait(self._telling)
        if self._files:
            self._files.close()

    def _gate(self, server: str, origin: str, budget: Budget) -> LeasedGate:
        client = secrets.token_hex(4)

        async def ask(number: int, wanted: int, waited: float) -> Lease:
            return await self._limiter.lease(server, budget, Ask(client, number, wanted, waited, origin))

        def tell(sign: Sign) -> None:
            task = asyncio.create_task(self._limiter.heed(server, budget, sign))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

        return LeasedGate(ask, tell, clock=self._clock)
