"""Start-up is a promise: what pyarrow would import for nothing is hidden from it."""

from __future__ import annotations

import gc
import io
import os
import sys

RARELY = 50_000
"""Objects between two garbage collections: a command ends before there is any garbage to speak of."""


class _Unneeded:
    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name in ("numpy", "pandas"):
            raise ModuleNotFoundError(name=name)


def hurry() -> None:
    """Hide numpy and pandas, where they happen to be installed, from this process, and collect garbage rarely.

    pyarrow imports both (0.3 s) as soon as it is given a list, and the command line needs neither. Collecting while
    modules are loaded is a twentieth of a check.
    """
    gc.set_threshold(RARELY, 50, 50)
    sys.meta_path.insert(0, _Unneeded())


def with_numpy() -> None:
    """Take back that numpy is hidden, for a command that computes with it."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, _Unneeded)]


def open_streams() -> None:
    """Open the standard streams that the caller has closed (``<&-``, ``2>&-``) on the null device.

    Else a socket takes their place and is written to, Python has None for them, and uvloop aborts the process. What the
    encoding of stdout does not know is written out: a legacy locale is no reason to end.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            os.set_inheritable(number, True)
            setattr(sys, name, os.fdopen(number, mode, closefd=False))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
