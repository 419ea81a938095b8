"""``python -m homeperf_ray.bench.neighbour``: another user, who asks for little and notices how long that takes.

It is a process of its own, so that the load test's own work is not what it feels.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time

import click

from homeperf_ray.bench.bare import bare_client, target_of

PATH = "/api/v1/namespaces/default"


async def feel(kubeconfig: str, context: str, *, rate: float) -> list[tuple[float, float]]:
    """Ask at a low rate until stdin closes: when each request was due (``time.time``), and what it took.

    Latencies count from when a request was due. One that failed is left out.
    """
    felt: list[tuple[float, float]] = []
    loop = asyncio.get_running_loop()
    closed = loop.run_in_executor(None, sys.stdin.read)
    async with bare_client(target_of(kubeconfig, context), connections=4) as session:
        tasks: set[asyncio.Task[None]] = set()
        begin, clock, number = time.perf_counter(), time.time(), 0

        async def one(due: float) -> None:
            with contextlib.suppress(OSError, TimeoutError):
                async with session.get(PATH) as answer:
                    await answer.read()
                    felt.append((clock + due - begin, time.perf_counter() - due))

        print("ready", flush=True)  # noqa: T201 - the parent waits for it
        while not closed.done():
            due = begin + number / rate
            number += 1
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            task = asyncio.create_task(one(due))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        if tasks:
            await asyncio.wait(tasks, timeout=5)
    return felt


@click.command()
@click.option("--kubeconfig", required=True)
@click.option("--context", default="")
@click.option("--rate", type=float, default=20.0)
def main(kubeconfig: str, context: str, rate: float) -> None:
    """Ask for a namespace, again and again."""
    click.echo(json.dumps(asyncio.run(feel(kubeconfig, context, rate=rate))))


if __name__ == "__main__":
    main()
