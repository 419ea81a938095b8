"""Where accounts are kept: in memory, or shared through files with an own memory to fall back on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from homeperf_ray.limits.account import Account
from homeperf_ray.limits.lease import Budget

T = TypeVar("T")

Act = Callable[[Account, float], T]
"""What is done with an account, at which moment. It is short and does not wait."""


class Accounts(Protocol):
    """Accounts by server, each opened when it is first needed."""

    async def use(self, server: str, budget: Budget, act: Act[T]) -> T:
        """Do something with a server's account while nobody else does."""
        ...

    async def every(self) -> list[Account]:
        """What all accounts hold, as of now."""
        ...

    @property
    def alone(self) -> str:
        """Why they are shared with nobody; empty where they are shared."""
        ...


class OwnAccounts:
    """Accounts in memory. Those of a limiter that was ``restarted`` hold nothing yet: what it granted is forgotten."""

    alone = "it is kept in the memory of one process"

    def __init__(self, clock: Callable[[], float], *, restarted: bool = False) -> None:
        self._clock = clock
        self._restarted = restarted
        self._accounts: dict[str, Account] = {}

    async def use(self, server: str, budget: Budget, act: Act[T]) -> T:
        now = self._clock()
        account = self._accounts.get(server)
        if account is None:
            account = Account.anew(budget, now) if self._restarted else Account.opened(budget, now)
            self._accounts[server] = account
        return act(account, now)

    async def every(self) -> list[Account]:
        return list(self._accounts.values())


class Unshareable(Exception):  # noqa: N818 - a reason, not a mistake
    """Accounts cannot be shared; the message is a sentence about why. ``late``: after they had been."""

    def __init__(self, reason: str, *, late: bool = False) -> None:
        super().__init__(reason)
        self.late = late


AGAIN = 10.0
"""Seconds between two tries to share what could not be shared."""


class SharedAccounts:
    """Accounts in files, and in memory while the files cannot be used; every ``AGAIN`` seconds they are tried again.

    Those in memory hold nothing at first where the files had been used before, by this process or by the one that was
    ``restarted``.
    """

    def __init__(self, shared: Accounts, clock: Callable[[], float], *, restarted: bool = False) -> None:
        self._shared = shared
        self._restarted = restarted
        self._clock = clock
        self._own: OwnAccounts | None = None
        self._again = 0.0
        self.alone = ""

    async def use(self, server: str, budget: Budget, act: Act[T]) -> T:
        if self._own is None or self._clock() >= self._again:
            try:
                result = await self._shared.use(server, budget, act)
            except Unshareable as reason:
                self.alone = str(reason)
                self._own = self._own or OwnAccounts(self._clock, restarted=self._restarted or reason.late)
                self._again = self._clock() + AGAIN
            else:
                self._own, self.alone = None, ""
                return result
        return await self._own.use(server, budget, act)

    async def every(self) -> list[Account]:
        return await (self._own or self._shared).every()
