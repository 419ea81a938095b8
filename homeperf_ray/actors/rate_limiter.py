"""RateLimiter: the one budget of a runtime, as an actor. It never sleeps; it says when permits count."""

from __future__ import annotations

from pathlib import Path

import ray

from homeperf_ray.limits.account_files import AccountFiles
from homeperf_ray.limits.accounts import Accounts, OwnAccounts, SharedAccounts
from homeperf_ray.limits.clock import boottime
from homeperf_ray.limits.lease import Ask, Budget, BudgetState, Lease, Sign
from homeperf_ray.limits.limiter import Limiter


class RateLimiter:
    """A shell around ``limits.limiter.Limiter``.

    With a ``folder`` its accounts are those of the user's local runs on this machine, and outlive the actor. Without,
    an actor that was restarted starts with no burst.
    """

    def __init__(self, folder: str = "") -> None:
        restarted = ray.get_runtime_context().was_current_actor_reconstructed
        accounts: Accounts = OwnAccounts(boottime, restarted=restarted)
        if folder:
            accounts = SharedAccounts(AccountFiles(Path(folder)), boottime, restarted=restarted)
        self._limiter = Limiter(accounts, boottime)

    async def lease(self, server: str, budget: Budget, ask: Ask) -> Lease:
        return await self._limiter.lease(server, budget, ask)

    async def heed(self, server: str, budget: Budget, sign: Sign) -> None:
        await self._limiter.heed(server, budget, sign)

    async def states(self) -> tuple[BudgetState, ...]:
        return await self._limiter.states()
