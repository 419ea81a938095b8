"""``homeperf demo``: everything once, with nothing installed but this package."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from homeperf_ray.cli.folders import state_folder
from homeperf_ray.config.file import unconfigured

WORKERS = 3


@click.command("demo")
@click.option(
    "--timings",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the Parquet dataset.  [default: homeperf/demo in the XDG state directory]",
)
def command(timings: Path | None) -> int:
    """Show everything once, on the embedded homelab: no cluster, no kubectl and no network are needed.

    Starts the homelab and a Ray runtime with three workers, runs the check on Ray, shows the same judgement done the
    old way with both times, and takes everything down again.
    """
    from homeperf_ray.sim.process import SimError, start

    timings = timings or state_folder() / "demo"
    try:
        with start() as homelab, tempfile.TemporaryDirectory(prefix="homeperf-") as runtime:
            _say("The embedded homelab serves: 6 nodes, 30 namespaces, 300 pods, 40 claims.")
            os.environ["HOMEPERF_RUNTIME_DIR"] = runtime
            _say(f"Starting a Ray runtime with {WORKERS} workers.")
            with _runtime():
                _show(str(homelab.kubeconfig), timings)
    except SimError as error:
        raise click.ClickException(str(error)) from error
    _say("The runtime and the homelab are down again.")
    return 0


def _show(kubeconfig: str, timings: Path) -> None:
    check = ["check", "--kubeconfig", kubeconfig, "--runner", "ray", "--timings", str(timings)]
    cold = _timed([*check, "--fresh"])
    warm = _timed(check, quiet=True)
    click.echo()
    _say("The same judgement, done the old way: one request after another, namespace by namespace.")
    old = _timed(["--kubeconfig", kubeconfig], module="homeperf_ray.bench.old_way")
    click.echo()
    click.echo(f"{'the old way':<24}{old:8.2f} s")
    click.echo(f"{'homeperf, first check':<24}{cold:8.2f} s   {old / cold:6.0f} times faster")
    click.echo(f"{'homeperf, warm':<24}{warm:8.2f} s   {old / warm:6.0f} times faster")
    click.echo(f"Every timing is in {timings}: open it with pyarrow, polars, DuckDB or pandas (docs/timings.md).")


@contextmanager
def _runtime() -> Iterator[None]:
    try:
        if _homeperf(["up", "--workers", str(WORKERS)]).returncode:
            raise click.ClickException("the Ray runtime did not start; the reason is above.")
        yield
    finally:
        _homeperf(["down"], quiet=True)


def _timed(arguments: list[str], *, module: str = "homeperf_ray.cli.main", quiet: bool = False) -> float:
    """Run homeperf and return its seconds; findings are no failure, a command that could not be done is one."""
    started = time.perf_counter()
    done = _homeperf(arguments, module=module, quiet=quiet)
    if done.returncode not in (0, 1, 2):
        raise click.ClickException(f"homeperf {arguments[0]} ended with code {done.returncode}")
    return time.perf_counter() - started


def _homeperf(
    arguments: list[str], *, module: str = "homeperf_ray.cli.main", quiet: bool = False
) -> subprocess.CompletedProcess[bytes]:
    sys.stdout.flush()
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        stdout=subprocess.DEVNULL if quiet else None,
        env=unconfigured(os.environ),
        check=False,
    )


def _say(sentence: str) -> None:
    click.echo(click.style(sentence, bold=True))
