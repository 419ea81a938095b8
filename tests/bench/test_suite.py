import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from msgspec.structs import replace

from homeperf_ray.bench.memory import peak_of, tree
from homeperf_ray.bench.run import Parameters, Run, read, write
from homeperf_ray.bench.sample import Sample, SampleError, take
from homeperf_ray.bench.scenario import SCENARIOS, Scenario, scenarios_named
from homeperf_ray.bench.suite import run, summarize
from tests.cli.command import Homeperf

ENVIRONMENT = {"PATH": "/usr/bin:/bin"}


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def sample(scenario: str, number: int, wall: float, found: int = 3) -> Sample:
    return Sample(scenario=scenario, number=number, wall=wall, cpu=wall, requests=7, found=found)


def test_scenarios_take_turns_after_one_warm_up_each(tmp_path: Path):
    log = tmp_path / "log"
    two = [Scenario(name, "", python(f"open({str(log)!r}, 'a').write({name!r})")) for name in "ab"]
    taken = run(two, samples=2, memory=1, kubeconfig="k", environment=ENVIRONMENT)
    assert log.read_text() == "ab" + "aabb" + "ab"
    assert [(each.scenario, each.number) for each in taken] == [("a", 0), ("b", 0), ("a", 1), ("b", 1)]
    assert [each.peak > 0 for each in taken] == [True, True, False, False]


def test_a_sample_knows_what_the_command_said_of_itself():
    summary, ledger = '{"warnings": 2, "critical": 3, "errors": 0}', '{"sent": 23, "bytes": 9}'
    said = f'{{"summary": {summary}, "ledger": {ledger}, "inner_seconds": 0.5}}'
    taken = take("a", 0, python(f"import sys; print({said!r}); sys.exit(2)"), ENVIRONMENT)
    assert (taken.found, taken.requests, taken.bytes, taken.inner) == (5, 23, 9, 0.5)
    assert taken.wall > 0


def test_processor_time_counts_children():
    busy = "sum(range(6_000_000))"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {busy!r}])"
    alone = take("a", 0, python("pass"), ENVIRONMENT)
    assert take("a", 0, python(code), ENVIRONMENT).cpu > alone.cpu * 2


def test_a_command_that_could_not_do_its_work_ends_the_run():
    with pytest.raises(SampleError, match="no such cluster"):
        take("a", 0, python("import sys; print('no such cluster', file=sys.stderr); sys.exit(3)"), ENVIRONMENT)


def test_peak_memory_is_that_of_the_whole_tree():
    hold = "import time; held = bytearray(60_000_000); time.sleep(0.4)"
    family = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {hold!r}])"
    alone = peak_of(python("import time; time.sleep(0.2)"), ENVIRONMENT)
    assert alone > 2_000_000
    assert 60_000_000 < peak_of(python(family), ENVIRONMENT) - alone < 90_000_000


def test_the_tree_begins_with_the_process_itself():
    import os

    assert tree(os.getpid())[0] == os.getpid()


def test_ratios_are_medians_over_the_rounds_against_the_first_scenario():
    samples = [
        sample("old", 0, 10),
        sample("new", 0, 1),
        sample("old", 1, 20),
        sample("new", 1, 4),
        sample("old", 2, 9),
    ]
    samples.append(replace(sample("new", 2, 3), peak=5))
    old, new = summarize(samples)
    assert (old.ratio, old.wall) == (1.0, 10)
    assert (new.ratio, new.spread, new.wall, new.fastest, new.peak) == (5.0, (3.0, 10.0), 3, 1, 5)
    assert new.interval[0] <= new.ratio <= new.interval[1]
    assert new.agrees


def test_a_scenario_that_finds_something_else_is_named():
    _, other = summarize([sample("a", 0, 1), sample("b", 0, 1, found=4)])
    assert not other.agrees
    _, blind = summarize([sample("a", 0, 1), sample("b", 0, 1, found=-1)])
    assert blind.agrees
    _, judging = summarize([sample("a", 0, 1, found=-1), sample("b", 0, 1)])
    assert judging.agrees


def test_a_run_is_a_row_a_sample_with_the_machine_and_comes_back_as_it_was(tmp_path: Path):
    written = Run.of([sample("a", 0, 1.5), sample("a", 1, 2.5)], Parameters(pods=77))
    path = write(tmp_path / "r", written)
    rows = pq.read_table(path).to_pylist()
    assert read(path) == written
    assert [row["wall"] for row in rows] == [1.5, 2.5]
    assert {"cores", "memory_bytes", "python", "homeperf", "commit", "pods", "peak", "started"} <= set(rows[0])
    assert path.stat().st_mode & 0o077 == 0


def test_scenarios_are_chosen_by_name_in_the_order_named():
    assert [each.name for each in scenarios_named(("local", "floor", "local"))] == ["local", "floor"]
    assert scenarios_named(()) == SCENARIOS
    with pytest.raises(KeyError):
        scenarios_named(("fast",))


def test_bench_run_measures_real_commands(tmp_path: Path):
    homeperf = Homeperf(tmp_path)
    done = homeperf.run(
        *("bench", "run", "--samples", "1", "--scenario", "serial", "--scenario", "local", "--scenario", "wire"),
        *("--namespaces", "5", "--pods", "60", "-o", "json", "--results", str(tmp_path / "results")),
        timeout=120,
    )
    assert done.code == 0, done.err
    serial, local, wire = done.report
    assert serial["agrees"]
    assert local["agrees"]
    assert serial["requests"] == local["requests"] > 10
    assert wire["inner"] > 0
    [file] = (tmp_path / "results").glob("*.parquet")
    assert pq.read_table(file).num_rows == 3


def test_an_unknown_scenario_names_the_known_ones(tmp_path: Path):
    done = Homeperf(tmp_path).run("bench", "run", "--scenario", "fast")
    assert done.code == 3
    assert "kubectl-serial" in done.err


@pytest.mark.parametrize("arguments", [["--without-kubectl"], pytest.param([], marks=pytest.mark.slow)])
def test_the_old_way_finds_what_the_check_finds(tmp_path: Path, homelab, arguments: list[str]):
    import json
    import shutil
    import subprocess

    if not arguments and not shutil.which("kubectl"):
        pytest.skip("kubectl is not installed")
    homelab.reset()
    command = [sys.executable, "-m", "homeperf_ray.bench.old_way", "-o", "json", *arguments]
    done = subprocess.run(
        [*command, "--kubeconfig", str(homelab.kubeconfig)],
        env=Homeperf(tmp_path).environment, capture_output=True, text=True, timeout=300, check=True,
    )  # fmt: skip
    old = json.loads(done.stdout)
    new = Homeperf(tmp_path).check(homelab.kubeconfig).report
    assert old["summary"] == new["summary"]
    assert old["ledger"]["sent"] > 5 * new["ledger"]["sent"]
