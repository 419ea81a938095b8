"""The XDG folders of homeperf."""

from __future__ import annotations

import os
from pathlib import Path


def state_folder() -> Path:
    """What is kept: the timings."""
    return _folder("XDG_STATE_HOME", ".local/state")


def budget_folder() -> Path:
    """What the budgets of this user's processes hold just now."""
    return state_folder() / "budget"


def cache_folder() -> Path:
    """What may be lost: discovery."""
    return _folder("XDG_CACHE_HOME", ".cache")


def _folder(variable: str, below_home: str) -> Path:
    named = os.environ.get(variable, "")
    root = Path(named) if Path(named).is_absolute() else Path.home() / below_home
    return root / "homeperf"
