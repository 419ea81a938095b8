"""Processes that are killed in the middle of a batch: every file is judged exactly once, or is said not to be."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from pathlib import Path

import pytest

from homeperf_ray.executor.validation import processes, spread
from homeperf_ray.executor.validation.job import ValidateJob
from homeperf_ray.executor.validation.processes import judge_in_processes
from homeperf_ray.executor.validation.run import validate
from homeperf_ray.manifests.batch import Batch, Item, Options
from homeperf_ray.manifests.bundled import versions
from tests.executor import killing
from tests.manifests.mistakes import deployment, named

OPTIONS = Options(versions()[-1])
FILES = 23


@pytest.fixture(autouse=True)
def _nothing_is_left():
    yield
    assert multiprocessing.active_children() == []


def batches(*poisoned: int) -> list[Batch]:
    items = [
        Item(named(f"c{number}").encode() + (killing.POISON if number in poisoned else b""), f"{number}.yaml")
        for number in range(FILES)
    ]
    return [Batch(OPTIONS, tuple(items[start : start + 6])) for start in range(0, FILES, 6)]


def judged(given: list[Batch], judging) -> tuple[Counter[str], list[str], int]:
    """How often each file was judged, those that were given up, and how many workers died."""
    done: Counter[str] = Counter()
    given_up: list[str] = []
    died = 0
    for piece in judge_in_processes(given, 2, judging):
        paths = [item.path for item in piece.part.batch.items]
        if piece.done is None:
            died += 1
            given_up += paths if piece.given_up else []
        else:
            done.update(paths)
            assert [fact.name for one in piece.done.outcomes for fact in one.facts] == [
                f"c{path[:-5]}" for path in paths
            ]
    return done, given_up, died


EACH = Counter({f"{number}.yaml": 1 for number in range(FILES)})


def test_a_process_that_is_killed_once_costs_nobody_an_answer(tmp_path: Path):
    assert judged(batches(), killing.once(tmp_path)) == (EACH, [], 1)


@pytest.mark.parametrize("poisoned", [(0,), (22,), (7, 8), (0, 6, 12, 18)])
def test_a_file_that_kills_is_soon_alone_and_its_neighbours_are_judged(poisoned):
    done, given_up, died = judged(batches(*poisoned), killing.over_poison)
    lost = {f"{number}.yaml" for number in poisoned}
    assert done == Counter({path: 1 for path in EACH if path not in lost})
    assert set(given_up) == lost
    assert len(given_up) == len(poisoned)
    assert died <= 5 * len(poisoned)


def test_where_every_process_is_killed_every_file_is_given_up():
    done, given_up, _ = judged(batches(), killing.always)
    assert not done
    assert Counter(given_up) == EACH


def test_where_no_process_can_be_started_this_one_judges(monkeypatch):
    def refuse(*_):
        raise OSError("no more processes")

    monkeypatch.setattr("homeperf_ray.executor.validation.processes._Worker", refuse)
    assert judged(batches(), None) == (EACH, [], 0)


def test_the_report_names_the_file_that_nobody_could_judge(tmp_path: Path, monkeypatch):
    for number in range(FILES):
        text = deployment(f"replicas: {'x' if number % 5 == 0 else number}").replace("name: d}", f"name: d{number}}}")
        (tmp_path / f"{number:02}.yaml").write_text(text + ("# poison\n" if number == 7 else ""))
    monkeypatch.setattr(spread, "POOL_BYTES", 100)
    monkeypatch.setattr(spread, "BATCH_BYTES", 1000)
    monkeypatch.setattr(
        processes, "judge_in_processes", lambda given, workers: judge_in_processes(given, workers, killing.over_poison)
    )
    files = tuple(str(path) for path in sorted(tmp_path.glob("*.yaml")))
    cache = tmp_path / "cache"
    cache.mkdir(mode=0o700)
    job = ValidateJob(files=files, root=str(tmp_path), options=OPTIONS, cache=str(cache))
    found = validate(job, processes=2)
    counts = found.counts
    assert (counts.total, counts.errors, counts.invalid) == (FILES, 1, 5)
    (told,) = [(file.path, fault) for file in found.files for fault in file.faults if fault.code == "HP903"]
    assert told[0].endswith("07.yaml")
    assert "killed" in told[1].message
    assert sum(row.error == "worker_lost" for row in found.operations) >= 2
    monkeypatch.undo()
    again = validate(job, processes=2)
    assert (again.counts.errors, again.kept) == (0, FILES - 1), "what could not be judged is not kept as a result"
