"""The shelf: the runs that were kept in a folder, and those of them that were given a name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from homeperf_ray.bench.run import BadRunError, Run, encode, read
from homeperf_ray.timings.dataset import write_whole

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class UnknownRunError(LookupError):
    """No run has this name; the message says which there are."""


def check_name(name: str) -> None:
    """Raise ValueError for what cannot be a baseline's name."""
    if not _NAME.fullmatch(name) or name in ("latest", "previous"):
        raise ValueError(
            f"{name!r} cannot be a baseline's name: letters, digits, '.', '_' and '-' make one, "
            "and 'latest' and 'previous' are taken"
        )


class Shelf:
    """Runs in ``folder`` (``bench-RUN.parquet``) and baselines below it (``baselines/NAME.parquet``)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def runs(self) -> tuple[list[Run], list[str]]:
        """All runs, oldest first, and for each file that is none a sentence."""
        return _read_all(self.folder.glob("bench-*.parquet"))

    def baselines(self) -> tuple[dict[str, Run], list[str]]:
        """The baselines by name, and for each file that is none a sentence."""
        found, complaints = {}, []
        for path in sorted(self._baselines.glob("*.parquet")):
            try:
                found[path.stem] = read(path)
            except BadRunError as error:
                complaints.append(str(error))
        return found, complaints

    def save(self, name: str, run: Run) -> Path:
        """Give a run a name, in the place of what had it before. Raises ValueError for a bad name, OSError."""
        check_name(name)
        self._baselines.mkdir(mode=0o700, parents=True, exist_ok=True)
        return write_whole(self._baselines / f"{name}.parquet", encode(run))

    def find(self, name: str) -> Run:
        """The run of a name: a baseline, ``latest``, ``previous``, a run or how one begins, or the path of a file.

        Raises UnknownRunError, BadRunError.
        """
        if name.endswith(".parquet") or "/" in name:
            if not Path(name).is_file():
                raise UnknownRunError(f"there is no file {name}")
            return read(Path(name))
        baseline = self._baselines / f"{name}.parquet"
        if _NAME.fullmatch(name) and baseline.is_file():
            return read(baseline)
        runs, _ = self.runs()
        if name in ("latest", "previous"):
            back = 1 if name == "latest" else 2
            if len(runs) < back:
                raise UnknownRunError(f"there is no {name} run in {self.folder}; `homeperf bench run` makes one")
            return runs[-back]
        matching = [run for run in runs if name and run.run.startswith(name)]
        if len(matching) == 1:
            return matching[0]
        if matching:
            raise UnknownRunError(f"{name} is how several runs begin: {', '.join(run.run for run in matching)}")
        known = ", ".join([*self.baselines()[0], *(run.run for run in runs[-5:])]) or "none yet"
        raise UnknownRunError(f"there is no run and no baseline {name} in {self.folder}; there are {known}")

    @property
    def _baselines(self) -> Path:
        return self.folder / "baselines"


def _read_all(paths: Iterable[Path]) -> tuple[list[Run], list[str]]:
    runs: list[Run] = []
    complaints: list[str] = []
    for path in sorted(paths):
        try:
            runs.append(read(path))
        except BadRunError as error:
            complaints.append(str(error))
    return sorted(runs, key=lambda run: run.started), complaints
