"""``python -m homeperf_ray.bench.floor``: what a check costs before it asks for anything.

It does all that ``homeperf check --runner local`` does, with an empty plan: imports, kubeconfig, discovery from the
disk cache, an empty report.
"""

from __future__ import annotations

import os
from pathlib import Path

import click

from homeperf_ray.startup import hurry


@click.command()
@click.option("--kubeconfig", required=True)
def main(kubeconfig: str) -> None:
    """Run a check of nothing."""
    from homeperf_ray.executor.job import CheckJob
    from homeperf_ray.executor.local import run_local
    from homeperf_ray.kube.kubeconfig import kubeconfig_paths
    from homeperf_ray.kube.request import Access
    from homeperf_ray.timings.dataset import encode

    access = Access(kubeconfig_paths(kubeconfig, os.environ))
    job = CheckJob(run="floor", access=access, domains=())
    cache = os.environ.get("XDG_CACHE_HOME")
    [(_, rows)] = run_local([job], serial=False, discovery_dir=Path(cache) / "homeperf" if cache else None)
    encode(rows)
    click.echo("{}")


if __name__ == "__main__":
    hurry()
    main()
