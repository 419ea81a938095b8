"""A command in a terminal of its own, and what stands on its screen."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence

import pyte


class Terminal:
    """Runs a command in a pseudo-terminal. ``text`` is what a person would see at that moment."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], *, columns: int = 110, lines: int = 40
    ) -> None:
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**environment, "TERM": "xterm-256color"},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - no thread runs here
        )
        os.close(slave)
        self.received = b""

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    def until(self, seen: Callable[[str], bool], seconds: float = 30.0) -> None:
        """Read until the screen is as wanted. Raises TimeoutError with what stands there instead."""
        end = time.monotonic() + seconds
        while not seen(self.text):
            if time.monotonic() > end:
                raise TimeoutError(self.text)
            self._read(0.1)

    def press(self, keys: str) -> None:
        """Type something; a return is ``\\r``, the completion key ``\\t``."""
        os.write(self._master, keys.encode())

    def hang_up(self) -> None:
        """Close the terminal, whatever runs in it."""
        self.process.kill()
        self.process.wait()
        os.close(self._master)

    def interrupt(self) -> int:
        """Press Ctrl-C; the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.end()

    def end(self) -> int:
        """Read on until the command has ended; its exit code."""
        while self.process.poll() is None:
            self._read(0.1)
        while self._read(0.1):
            pass
        os.close(self._master)
        return self.process.returncode

    def _read(self, seconds: float) -> bool:
        if not select.select([self._master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self._master, 65_536)
        except OSError:
            return False
        self.received += data
        self._stream.feed(data)
        return bool(data)
