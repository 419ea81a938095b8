"""How long nobody has asked a runtime for anything."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager


class Idle:
    """Counts what runs, and the time since the last of it ended. ``limit`` is in seconds; 0 for ever.

    The clock gives monotonic seconds that do not pass while the machine sleeps.
    """

    def __init__(
        self,
        limit: float,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.limit = limit
        self.running = 0
        self._clock = clock
        self._sleep = sleep
        self._since = clock()

    @property
    def seconds(self) -> float:
        """0 while something runs."""
        return 0.0 if self.running else self._clock() - self._since

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Something runs."""
        self.running += 1
        try:
            yield
        finally:
            self.running -= 1
            self._since = self._clock()

    async def over(self) -> None:
        """Wait until nothing has run for as long as ``limit``."""
        while (left := self.limit - self.seconds) > 0:
            await self._sleep(left)
