"""The program ``df`` in a container: what is mounted there, and how full that is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from homeperf_ray.sim.fill import Fill, fill
from homeperf_ray.sim.ran import Ran

Object = dict[str, Any]

_GIBIBYTE = 1 << 30
_ROOT = Fill(460 * _GIBIBYTE, 138 * _GIBIBYTE, 30_146_560, 1_204_411)
_MEMORY = Fill(64 << 20, 0, 4_079_822, 17)
_USAGE = "Try 'df --help' for more information.\n"


@dataclass(frozen=True)
class Mount:
    """A file system, what it is on, and where it is."""

    path: str
    device: str
    fill: Fill


def run(pod: Object, container: str, arguments: Sequence[str], claim_of: Callable[[str], Object | None]) -> Ran:
    """``df [-P] [-i] [-k|-m|-h|-B1] [PATH]...`` as coreutils print it; ``claim_of`` finds a claim of the namespace."""
    flags = [letter for word in arguments if word.startswith("-") and word != "-B1" for letter in word[1:]]
    unknown = next((letter for letter in flags if letter not in "Pikmh"), None)
    if unknown:
        return Ran(error=f"df: invalid option -- '{unknown}'\n{_USAGE}", code=1)
    mounts = list(_mounts(pod, container, claim_of))
    paths = [word for word in arguments if not word.startswith("-")]
    shown = [_at(mounts, path) for path in paths] if paths else list(mounts)
    missing = [path for path, mount in zip(paths, shown, strict=False) if mount is None]
    error = "".join(f"df: {path}: No such file or directory\n" for path in missing)
    found = [mount for mount in shown if mount is not None]
    unit = 1 << 20 if "m" in flags else 1 if "-B1" in arguments else 1024
    rows = [_header(flags, unit), *(_row(mount, flags, unit) for mount in found)] if found else []
    return Ran(_aligned(rows), error, 1 if missing else 0)


def _mounts(pod: Object, container: str, claim_of: Callable[[str], Object | None]) -> Iterator[Mount]:
    yield Mount("/", "overlay", _ROOT)
    yield Mount("/dev", "tmpfs", _MEMORY)
    spec = pod["spec"]
    claims = {
        volume["name"]: volume["persistentVolumeClaim"]["claimName"]
        for volume in spec.get("volumes", ())
        if "persistentVolumeClaim" in volume
    }
    mounted: Object = next((one for one in spec["containers"] if one["name"] == container), {})
    for mount in mounted.get("volumeMounts", ()):
        claim = claim_of(claims[mount["name"]]) if mount["name"] in claims else None
        if claim and claim.get("status", {}).get("phase") == "Bound":
            yield Mount(mount["mountPath"], _device(claim), fill(claim))


def _device(claim: Object) -> str:
    digest = crc32(claim["metadata"]["uid"].encode())
    if "ReadWriteMany" in claim["status"].get("accessModes", ()):
        return f"10.43.0.12:6789:/volumes/csi/csi-vol-{digest:08x}"
    return f"/dev/rbd{digest % 40}"


def _at(mounts: Sequence[Mount], path: str) -> Mount | None:
    """The file system that holds a path: below ``/`` only the directories that every image has are there."""
    bare = f"/{path.strip('/')}"
    holding = [mount for mount in mounts if mount.path == "/" or f"{bare}/".startswith(f"{mount.path}/")]
    best = max(holding, key=lambda mount: len(mount.path))
    there = bare == "/" or bare.split("/")[1] in {"bin", "dev", "etc", "home", "proc", "sys", "tmp", "usr", "var"}
    return best if best.path != "/" or there else None


def _header(flags: Sequence[str], unit: int) -> list[str]:
    if "i" in flags:
        return ["Filesystem", "Inodes", "IUsed", "IFree", "IUse%", "Mounted on"]
    portable = "P" in flags
    if "h" in flags:
        return ["Filesystem", "Size", "Used", "Avail", "Capacity" if portable else "Use%", "Mounted on"]
    blocks = {1: "1-blocks" if portable else "1B-blocks", 1024: "1024-blocks" if portable else "1K-blocks"}
    size = blocks.get(unit, "1048576-blocks" if portable else "1M-blocks")
    return ["Filesystem", size, "Used", "Available", "Capacity" if portable else "Use%", "Mounted on"]


def _row(mount: Mount, flags: Sequence[str], unit: int) -> list[str]:
    measured = mount.fill
    if "i" in flags:
        if not measured.inodes:
            return [mount.device, "0", "0", "0", "-", mount.path]
        counts = [str(number) for number in (measured.inodes, measured.inodes_used, measured.inodes_free)]
        return [mount.device, *counts, _share(measured.inodes_used, measured.inodes_free), mount.path]
    sizes = (measured.capacity, measured.used, measured.available)
    shown = [_human(size) if "h" in flags else str(-(-size // unit)) for size in sizes]
    return [mount.device, *shown, _share(measured.used, measured.available), mount.path]


def _share(used: int, free: int) -> str:
    """Rounded up, as ``df`` does."""
    return f"{-(-100 * used // (used + free)) if used + free else 0}%"


def _human(size: float) -> str:
    for unit in ("", "K", "M", "G", "T"):
        if size < 1024 or unit == "T":
            return f"{size:.1f}{unit}" if 0 < size < 10 and unit else f"{size:.0f}{unit}"
        size /= 1024
    raise AssertionError


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    widths = [max(len(row[number]) for row in rows) for number in range(5)]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(row[number].rjust(widths[number]) for number in range(1, 5)), row[5]]
        lines.append(" ".join(cells))
    return "\n".join(lines) + "\n"
