"""How full one claim's volume was when its kubelet last looked: a row of the history that growth is judged by."""

from __future__ import annotations

import msgspec


class VolumeUse(msgspec.Struct, frozen=True, kw_only=True):
    """One claim's volume, as one kubelet has measured it. ``taken`` is Unix time in seconds, sizes are bytes.

    ``volume`` is the name of the PersistentVolume, by which a claim that was made anew is another one; it is empty
    where it is not known. ``used`` and ``available`` are both 0 where they are not known, inodes where the file system
    has none to count.
    """

    taken: float
    namespace: str
    claim: str
    volume: str = ""
    storage_class: str = ""
    node: str = ""
    capacity: int = 0
    used: int = 0
    available: int = 0
    inodes: int = 0
    inodes_used: int = 0
