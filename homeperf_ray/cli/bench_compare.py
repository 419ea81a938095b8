"""``homeperf bench compare``: what has changed between two runs."""

from __future__ import annotations

from pathlib import Path

import click

from homeperf_ray.cli.benchmarking import dump, find, output_option, results_option, shelf_of, show


@click.command("compare")
@click.argument("before")
@click.argument("after", default="latest")
@output_option
@results_option
def compare(before: str, after: str, output: str, results: Path | None) -> None:
    """Compare two runs: a baseline, `latest`, `previous`, a run (or how its name begins) or a file each.

    Times as such are compared only where both runs are of one machine; as multiples of the first scenario's they
    always are. `homeperf bench gate` measures anew and has an exit code.
    """
    from homeperf_ray.bench.comparison import compare as judge
    from homeperf_ray.render.benchmark import verdicts

    shelf = shelf_of(results)
    old, new = find(shelf, before), find(shelf, after)
    same = old.machine == new.machine
    found = judge(old.samples, new.samples, absolute=same)
    if old.size != new.size:
        click.echo("homeperf: the runs were not of the same size; what differs may be that", err=True)
    if output == "json":
        dump(found)
        return
    if not same:
        click.echo("homeperf: the machines differ: times are compared as multiples of the first scenario's", err=True)
    show(verdicts(found))
