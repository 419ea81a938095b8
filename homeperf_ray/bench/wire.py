"""``python -m homeperf_ray.bench.wire``: the LISTs of a check by one bare keep-alive client, one after another.

It prints the seconds between the first request and the last byte, so that its own start-up does not count.
"""

from __future__ import annotations

import asyncio
import json
import time

import click

from homeperf_ray.bench.bare import bare_client, target_of
from homeperf_ray.checks.registry import CHECKS
from homeperf_ray.executor.plan import groups_of, make_plan
from homeperf_ray.kube.connection import Connection
from homeperf_ray.kube.discovery import discover
from homeperf_ray.kube.gate import OpenGate
from homeperf_ray.kube.pages import continue_token


async def read_all(kubeconfig: str) -> tuple[float, int]:
    """Read every page of every LIST that a whole check needs: seconds, and how many requests."""
    target = target_of(kubeconfig)
    connection = Connection(target, gate=OpenGate())
    found = await discover(connection, groups_of(CHECKS), cache_dir=None)
    await connection.close()
    if found.discovery is None:
        raise click.ClickException(str(found.error))
    plan = make_plan(CHECKS, found.discovery, None)
    requests = 0
    async with bare_client(target, connections=1, compressed=True) as client:
        started = time.perf_counter()
        for request in plan.requests:
            token: str | None = ""
            while token is not None:
                async with client.get(request.path, request.query(token)) as answer:
                    token = continue_token(await answer.read()) or None
                requests += 1
        return time.perf_counter() - started, requests


@click.command()
@click.option("--kubeconfig", required=True)
def main(kubeconfig: str) -> None:
    """Read what a check reads."""
    seconds, requests = asyncio.run(read_all(kubeconfig))
    click.echo(json.dumps({"inner_seconds": seconds, "ledger": {"sent": requests}}))


if __name__ == "__main__":
    main()
