import json
from pathlib import Path

import msgspec
import pytest

from homeperf_ray.bench.run import BadRunError, Parameters, Run, encode, read, write
from homeperf_ray.bench.sample import Sample
from homeperf_ray.bench.shelf import Shelf, UnknownRunError
from tests.cli.command import Homeperf

SMALL = ("--namespaces", "5", "--pods", "60")


def made(name: str = "r1", started: float = 1.0, wall: float = 0.5, requests: int = 30, commit: str = "") -> Run:
    samples = [
        Sample(scenario=scenario, number=number, wall=wall, cpu=wall, requests=requests, found=3)
        for number in range(8)
        for scenario in ("floor", "local")
    ]
    one = Run.of(samples, Parameters())
    source = msgspec.structs.replace(one.source, commit=commit or one.source.commit)
    return msgspec.structs.replace(one, run=name, started=started, source=source)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "shelf")


def test_runs_are_found_by_name_beginning_file_and_age(shelf: Shelf):
    old, new = made("20260101T000000-1234", 1.0), made("20260102T000000-1234", 2.0)
    path = write(shelf.folder, old)
    write(shelf.folder, new)
    shelf.save("release", old)
    assert shelf.find("latest") == new
    assert shelf.find("previous") == old
    assert shelf.find("release") == old
    assert shelf.find("20260102") == new
    assert shelf.find(str(path)) == old
    with pytest.raises(UnknownRunError, match="several"):
        shelf.find("2026")
    with pytest.raises(UnknownRunError, match="release"):
        shelf.find("relaese")
    with pytest.raises(UnknownRunError, match="no file"):
        shelf.find("gone.parquet")


@pytest.mark.parametrize("name", ["", "latest", "previous", "../evil", "a b", "-x", "x" * 65])
def test_a_name_that_could_be_something_else_is_refused(shelf: Shelf, name: str):
    with pytest.raises(ValueError, match="cannot be a baseline"):
        shelf.save(name, made())


def test_a_file_that_is_no_run_is_named_and_left_out(shelf: Shelf):
    write(shelf.folder, made())
    (shelf.folder / "bench-broken.parquet").write_bytes(b"PAR1 and nothing more")
    runs, complaints = shelf.runs()
    assert len(runs) == 1
    assert "bench-broken.parquet" in complaints[0]


def test_a_run_of_a_newer_format_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("homeperf_ray.bench.run.FORMAT", 99)
    (tmp_path / "new.parquet").write_bytes(encode(made()))
    monkeypatch.undo()
    with pytest.raises(BadRunError, match="newer"):
        read(tmp_path / "new.parquet")


def test_a_run_of_the_first_format_is_still_read(tmp_path: Path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    row = {"scenario": "local", "number": 0, "wall": 0.5, "cpu": 0.4, "requests": 30, "found": 3, "inner": 0.0}
    row |= {"peak": 7, "cores": 2, "memory_bytes": 1, "python": "3.11", "homeperf": "0.1", "commit": "c", "pods": 300}
    row |= {"samples": 1, "workers": 1, "namespaces": 30, "pvcs": 40, "latency_ms": 0.0, "started": 5.0}
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "bench-old.parquet")
    run = read(tmp_path / "bench-old.parquet")
    assert (run.run, run.started, run.samples[0].peak, run.parameters.pods) == ("old", 5.0, 7, 300)


def test_compare_names_what_changed_and_where_it_cannot_know(tmp_path: Path):
    shelf = Shelf(tmp_path)
    write(tmp_path, made("a", 1.0))
    write(tmp_path, made("b", 2.0, wall=0.6, requests=31))
    done = Homeperf(tmp_path).run("bench", "compare", "previous", "-o", "json", "--results", str(tmp_path))
    assert done.code == 0, done.err
    told = {(each["scenario"], each["metric"]): each for each in json.loads(done.out)}
    assert told["local", "wall"]["word"] == "slower"
    assert told["local", "requests"]["word"] == "more"
    shown = Homeperf(tmp_path).run("bench", "compare", "a", "b", "--results", str(tmp_path))
    assert "slower" in shown.out
    assert shelf.find("a").run == "a"


def test_history_names_the_commit_at_which_it_changed(tmp_path: Path):
    import time

    for number in range(14):
        slow = 1.0 + 0.001 * (number % 3) if number < 7 else 1.3 + 0.001 * (number % 3)
        write(tmp_path, made(f"r{number:02}", time.time() - 100 + number, wall=slow, commit=f"c{number:02}"))
    done = Homeperf(tmp_path).run("bench", "history", "--metric", "wall", "--results", str(tmp_path))
    assert done.code == 0, done.err
    assert (
        "local: wall went from 1.001 s to 1.301 s (+30%) with run r07 at commit c07; the one before was c06" in done.out
    )


def test_history_of_few_runs_says_that_they_are_few(tmp_path: Path):
    write(tmp_path, made(started=4e9))
    done = Homeperf(tmp_path).run("bench", "history", "--results", str(tmp_path))
    assert "too few" in done.out
    assert Homeperf(tmp_path).run("bench", "history", "--results", str(tmp_path / "none")).code == 3


def test_the_gate_measures_again_and_tells_a_changed_count(tmp_path: Path):
    homeperf, folder = Homeperf(tmp_path), ("--results", str(tmp_path / "results"))
    run = homeperf.run(
        *("bench", "run", "--scenario", "floor", "--scenario", "local", "--samples", "2", "--memory", "0", *SMALL),
        *("--save", "today", *folder),
        timeout=300,
    )
    assert run.code == 0, run.err
    few = homeperf.run("bench", "gate", "today", *folder, timeout=300)
    assert few.code == 3
    assert "too few samples" in few.err
    shelf = Shelf(tmp_path / "results")
    today = shelf.find("today")
    dearer = [msgspec.structs.replace(sample, requests=sample.requests - 1) for sample in today.samples]
    shelf.save("fewer", msgspec.structs.replace(today, samples=tuple(dearer)))
    worse = homeperf.run("bench", "gate", "fewer", "-o", "json", *folder, timeout=300)
    assert worse.code == 1, worse.err
    assert "local: requests is more" in worse.err
    blind = [msgspec.structs.replace(sample, found=sample.found + 1) for sample in today.samples]
    shelf.save("blind", msgspec.structs.replace(today, samples=tuple(blind)))
    strayed = homeperf.run("bench", "gate", "blind", *folder, timeout=300)
    assert strayed.code == 3
    assert "found something else" in strayed.err


def test_the_gate_needs_a_baseline_and_its_cluster(tmp_path: Path):
    homeperf, folder = Homeperf(tmp_path), ("--results", str(tmp_path))
    gone = homeperf.run("bench", "gate", "nowhere", *folder)
    assert gone.code == 3
    assert "no run and no baseline nowhere" in gone.err
    real = msgspec.structs.replace(made(), parameters=Parameters(cluster="kubeconfig"))
    Shelf(tmp_path).save("real", real)
    assert "name --kubeconfig" in homeperf.run("bench", "gate", "real", *folder).err
    strange = [msgspec.structs.replace(sample, scenario="gone") for sample in made().samples]
    Shelf(tmp_path).save("strange", msgspec.structs.replace(made(), samples=tuple(strange)))
    assert "cannot be measured here: gone" in homeperf.run("bench", "gate", "strange", *folder).err


def test_baselines_are_listed_and_shown(tmp_path: Path):
    homeperf, folder = Homeperf(tmp_path), ("--results", str(tmp_path))
    write(tmp_path, made("solo"))
    assert homeperf.run("bench", "baseline", "save", "mine", *folder).code == 0
    assert "mine" in homeperf.run("bench", "baseline", "list", *folder).out
    listed = json.loads(homeperf.run("bench", "baseline", "list", "-o", "json", *folder).out)
    assert listed["baselines"]["mine"]["run"] == "solo"
    shown = json.loads(homeperf.run("bench", "baseline", "show", "mine", "-o", "json", *folder).out)
    assert [each["scenario"] for each in shown["summaries"]] == ["floor", "local"]
    assert homeperf.run("bench", "baseline", "save", "../x", *folder).code == 3
