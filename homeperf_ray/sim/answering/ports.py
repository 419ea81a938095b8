"""Ports of Services on loopback: they take connections, refuse them, or leave them waiting."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterable


class Ports:
    """TCP ports by the Service (``namespace/name``) that they belong to."""

    def __init__(self, address: str = "127.0.0.1") -> None:
        self._address = address
        self._listening: dict[str, list[socket.socket]] = {}
        self._fillers: list[socket.socket] = []
        self._numbers: dict[str, list[int]] = {}

    def open(self, service: str, count: int) -> list[int]:
        """So many free ports that take connections; the kernel does that without anybody's help."""
        listeners = [socket.create_server((self._address, 0), backlog=1024) for _ in range(count)]
        self._listening.setdefault(service, []).extend(listeners)
        numbers = [listener.getsockname()[1] for listener in listeners]
        self._numbers.setdefault(service, []).extend(numbers)
        return numbers

    def services(self) -> Iterable[str]:
        return tuple(self._numbers)

    def set(self, service: str, answer: str) -> None:
        """From now on: ``""`` takes connections, ``refused`` refuses them, ``silent`` leaves them waiting."""
        for listener in self._listening.pop(service, ()):
            listener.close()
        self._fillers = [one for one in self._fillers if one.fileno() >= 0]
        if answer == "refused":
            return
        backlog = 0 if answer == "silent" else 1024
        made = [self._again(number, backlog) for number in self._numbers.get(service, ())]
        self._listening[service] = made
        if answer == "silent":
            for listener in made:
                self._fill(listener)

    def close(self) -> None:
        for listener in [one for mine in self._listening.values() for one in mine] + self._fillers:
            listener.close()

    def _again(self, number: int, backlog: int) -> socket.socket:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((self._address, number))
        listener.listen(backlog)
        return listener

    def _fill(self, listener: socket.socket) -> None:
        """Fill the queue of a port, so that the next client's SYN is dropped; only Linux does so."""
        if sys.platform != "linux":
            return
        for _ in range(3):
            filler = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
            self._fillers.append(filler)
