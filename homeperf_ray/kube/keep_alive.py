"""Keep-alive: have the kernel ask whether the other end of a silent connection still lives."""

from __future__ import annotations

import socket


def keep_alive(connection: socket.socket, *, idle: int, interval: int, count: int) -> None:
    """Ask after ``idle`` seconds of silence, every ``interval`` seconds; ``count`` questions unanswered are the end.

    What the system does not know is left as it is.
    """
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in {"TCP_KEEPIDLE": idle, "TCP_KEEPINTVL": interval, "TCP_KEEPCNT": count}.items():
        if option := getattr(socket, name, None):
            connection.setsockopt(socket.IPPROTO_TCP, option, value)
