"""Start-up is a promise: what pyarrow would import for nothing is hidden from it."""

from __future__ import annotations

import gc
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
