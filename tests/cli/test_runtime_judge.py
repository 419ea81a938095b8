"""A runtime that does not bring batches to an end: they are judged here, and nothing twice."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from homeperf_ray.actors import client
from homeperf_ray.cli.runtime_judge import RuntimeJudge
from homeperf_ray.executor.validation import spread
from homeperf_ray.executor.validation.job import ValidateJob
from homeperf_ray.executor.validation.run import validate
from homeperf_ray.manifests.batch import Batch, Options, judge_batch
from homeperf_ray.manifests.bundled import versions
from tests.manifests.mistakes import named

FILES = 20


class Runtime:
    """Judges so many batches, then is gone, as its connections are."""

    def __init__(self, lives: int) -> None:
        self.lives = lives
        self.judged: list[str] = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def status(self):
        return SimpleNamespace(workers=[1, 2])

    def judge(self, encoded: bytes, timeout: float):
        self.lives -= 1
        if self.lives < 0:
            raise client.RuntimeGone("the runtime broke off", "")
        batch = msgspec.msgpack.decode(encoded, type=Batch)
        self.judged += [item.path for item in batch.items]
        return judge_batch(batch, "worker-0")


@pytest.mark.parametrize(("lives", "must"), [(0, True), (3, True), (3, False), (99, False)])
def test_what_is_left_over_is_judged_here(tmp_path: Path, monkeypatch, capsys, lives: int, must: bool):
    runtime = Runtime(lives)
    monkeypatch.setattr(client, "connect", lambda **_: runtime)
    monkeypatch.setattr(spread, "BATCH_BYTES", 150)
    for number in range(FILES):
        (tmp_path / f"{number:02}.yaml").write_text(named(f"c{number}" if number % 4 else "Bad"))
    files = tuple(map(str, sorted(tmp_path.iterdir())))
    judge = RuntimeJudge(must=must)
    judge.least = 0
    found = validate(ValidateJob(files=files, root=str(tmp_path), options=Options(versions()[-1])), judge, processes=2)
    rows = [row for row in found.operations if row.kind == "judge"]
    assert sum(row.items for row in rows) == FILES == len(found.files)
    assert sum(row.items for row in rows if row.worker == "worker-0") == len(runtime.judged)
    assert (found.counts.total, found.counts.invalid) == (FILES, 5)
    left = FILES - len(runtime.judged)
    told = f"homeperf: {left} files are judged on this machine: the runtime broke off\n" if left else ""
    assert capsys.readouterr().err == told
