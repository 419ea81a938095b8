"""What somebody may have meant."""

from __future__ import annotations

from collections.abc import Iterable


def near(name: str, known: Iterable[str]) -> str | None:
    """The known name that is nearest to one that is not known; case counts little."""
    import difflib

    lower = {one.lower(): one for one in known}
    found = difflib.get_close_matches(name.lower(), list(lower), n=1, cutoff=0.7)
    return lower[found[0]] if found else None


def meant(name: str, known: Iterable[str]) -> str:
    """``; did you mean replicas?``, or nothing."""
    found = near(name, known)
    return f"; did you mean {found}?" if found else ""
