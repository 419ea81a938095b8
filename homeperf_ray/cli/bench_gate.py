"""``homeperf bench gate``: measure anew, and fail where anything got worse than the baseline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from homeperf_ray.cli.benchmarking import dump, find, keep, measured, output_option, results_option, shelf_of, show
from homeperf_ray.cli.kinds import File

if TYPE_CHECKING:
    from homeperf_ray.bench.comparison import Verdict
    from homeperf_ray.bench.run import Run
    from homeperf_ray.bench.scenario import Scenario


@click.command("gate")
@click.argument("baseline")
@click.option("--samples", type=click.IntRange(1, 1000), help="Rounds.  [default: as many as the baseline has]")
@click.option("--kubeconfig", type=File(), metavar="FILE", help="The cluster, where the baseline is of a real one.")
@click.option(
    "--matters",
    type=click.FloatRange(0.1, 1000),
    default=5.0,
    show_default=True,
    help="Least change of a time or of memory that is told, in percent.",
)
@click.option("--absolute", is_flag=True, help="Judge times as such, too; for one machine that has nothing else to do.")
@click.option("--strict", is_flag=True, help="Exit with 3 where anything remains unknown.")
@output_option
@results_option
def gate(
    baseline: str,
    samples: int | None,
    kubeconfig: str | None,
    matters: float,
    absolute: bool,
    strict: bool,
    output: str,
    results: Path | None,
) -> int:
    """Measure the baseline's scenarios again, in its order and size, and compare.

    Judged are counts (exactly), memory, and times as multiples of the first scenario's in the same round, which a
    busy machine slows as well. Exit code 0: nothing is worse. 1: something is. 3: it could not be told, since the run
    failed, found something else than the baseline, or has too few samples to tell any time.
    """
    from homeperf_ray.bench.comparison import compare
    from homeperf_ray.render.benchmark import verdicts

    shelf = shelf_of(results)
    old = find(shelf, baseline)
    new = _again(old, samples, kubeconfig)
    keep(shelf, new)
    if absolute and old.machine != new.machine:
        raise click.ClickException("--absolute: the baseline is of another machine; save one of this machine first")
    found = compare(old.samples, new.samples, absolute=absolute, matters=matters / 100)
    if output == "json":
        dump(found)
    else:
        show(verdicts(found))
    return _code(found, _strayed(old, new), strict=strict)


def _again(old: Run, samples: int | None, kubeconfig: str | None) -> Run:
    import msgspec

    if (old.parameters.cluster == "homelab") == bool(kubeconfig):
        wants = "the embedded homelab: leave --kubeconfig out" if kubeconfig else "a real cluster: name --kubeconfig"
        raise click.ClickException(f"the baseline was measured on {wants}")
    parameters = msgspec.structs.replace(old.parameters, samples=samples or old.parameters.samples)
    return measured(_scenarios(old), parameters, kubeconfig)


def _scenarios(old: Run) -> tuple[Scenario, ...]:
    from homeperf_ray.bench.scenario import SCENARIOS

    known = {scenario.name: scenario for scenario in SCENARIOS}
    gone = [name for name in old.scenarios if name not in known or known[name].missing]
    if gone:
        raise click.ClickException(
            f"scenarios of the baseline cannot be measured here: {', '.join(gone)}; save a baseline without them"
        )
    return tuple(known[name] for name in old.scenarios)


def _strayed(old: Run, new: Run) -> list[str]:
    """The scenarios that have not found what they found for the baseline: their times say nothing."""
    before = {sample.scenario: sample.found for sample in old.samples}
    return sorted({sample.scenario for sample in new.samples if sample.found != before[sample.scenario]})


def _code(found: list[Verdict], strayed: list[str], *, strict: bool) -> int:
    if strayed:
        click.echo(f"homeperf: found something else than the baseline: {', '.join(strayed)}", err=True)
        return 3
    worse = [verdict for verdict in found if verdict.worse]
    for verdict in worse:
        click.echo(f"homeperf: {verdict.scenario}: {verdict.metric} is {verdict.word}", err=True)
    if worse:
        return 1
    timed = [verdict for verdict in found if verdict.unit in ("s", "x")]
    unknown = [verdict for verdict in found if verdict.word == "unknown"]
    if timed and all(verdict.few for verdict in timed):
        click.echo("homeperf: too few samples to tell any time: take more with --samples", err=True)
        return 3
    if unknown:
        click.echo(f"homeperf: {len(unknown)} of {len(found)} remain unknown", err=True)
    return 3 if strict and unknown else 0
