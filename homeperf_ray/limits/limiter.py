"""Limiter: answers the questions of clients, each once, from the accounts of the servers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from homeperf_ray.limits.accounts import Accounts
from homeperf_ray.limits.lease import Ask, Budget, BudgetState, Lease, Sign

FORGET = 60.0
"""Seconds for which an answer is kept, should its question be repeated."""


@dataclass(frozen=True)
class _Given:
    at: float
    number: int
    lease: Lease


class Limiter:
    """Grants leases to the clients of each server; see ``account.Account``. The clock is that of the accounts."""

    def __init__(self, accounts: Accounts, clock: Callable[[], float]) -> None:
        self._accounts = accounts
        self._clock = clock
        self._given: dict[str, _Given] = {}

    @property
    def alone(self) -> str:
        """Why the budget is shared with nobody else; empty where it is shared."""
        return self._accounts.alone

    async def lease(self, server: str, budget: Budget, ask: Ask) -> Lease:
        """Permits for a client. A question that is repeated is granted once."""
        now = self._clock()
        last = self._given.get(ask.client)
        if last is not None and last.number == ask.number:
            return msgspec.structs.replace(last.lease, delay=last.lease.delay - (now - last.at))
        lease = await self._accounts.use(server, budget, lambda account, at: account.lease(at, budget, ask))
        self._given = {name: one for name, one in self._given.items() if now - one.at <= FORGET}
        self._given[ask.client] = _Given(self._clock(), ask.number, lease)
        return lease

    async def heed(self, server: str, budget: Budget, sign: Sign) -> None:
        """Slow down for everyone."""
        await self._accounts.use(server, budget, lambda account, now: account.heed(now, budget, sign))

    async def states(self) -> tuple[BudgetState, ...]:
        """Every server's budget."""
        now = self._clock()
        found = [account.state(now) for account in await self._accounts.every()]
        return tuple(msgspec.structs.replace(one, alone=self.alone) for one in found)
