"""Who answers behind an API server."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Backend:
    """Something that answers in the server's place, and is not trusted as it is: a kubelet.

    It may take ``patience`` seconds, waiting for a permit apart, and send ``most`` bytes. Its slowness and its failures
    are not the server's, whose budget hears of a 429 only.
    """

    patience: float
    most: int
