"""ByteBudget: how much all that is held may weigh together, and what goes first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable


class ByteBudget:
    """Knows what is held, its bytes, and in which order it was last used.

    Whoever holds something says how it is dropped; beyond ``max_bytes`` the least recently used is.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.bytes = 0
        self._held: OrderedDict[Hashable, tuple[int, Callable[[], None]]] = OrderedDict()

    def hold(self, name: Hashable, size: int, drop: Callable[[], None]) -> None:
        """Hold something new, or say that it has another size now, which does not make it more recently used."""
        self.bytes += size - self._held.get(name, (0, drop))[0]
        self._held[name] = (size, drop)
        while self.bytes > self.max_bytes:
            _, (weight, let_go) = self._held.popitem(last=False)
            self.bytes -= weight
            let_go()

    def touch(self, name: Hashable) -> None:
        """It was used just now."""
        if name in self._held:
            self._held.move_to_end(name)

    def release(self, name: Hashable) -> None:
        """It is held no more."""
        if name in self._held:
            self.bytes -= self._held.pop(name)[0]
