"""Candidates that are looked up: contexts, namespaces, kinds, what is cached. What cannot be had is no candidate."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from homeperf_ray.kube.errors import KubeError

if TYPE_CHECKING:
    from homeperf_ray.kube.gate import Gate
    from homeperf_ray.kube.target import Target

Items = list[CompletionItem[Any]]

PATIENCE = 2.0
"""Seconds for which a prompt may stand still while a cluster is asked."""


def contexts(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """Contexts of the kubeconfig that holds so far; a comma list is continued where the option takes one."""
    from homeperf_ray.cli.clusters import contexts_of

    try:
        names = contexts_of(_kubeconfig(ctx))
    except (KubeError, click.ClickException):
        return []
    return _continued(names, incomplete) if param.multiple else _beginning(names, incomplete)


def namespaces(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """Namespaces of the clusters that are named so far, as a comma list is continued."""
    return _continued(sorted(_namespaces(ctx)), incomplete)


def profiles(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """Profiles of the configuration file that holds so far."""
    from homeperf_ray.cli.configuration import profiles_so_far

    try:
        return _beginning(profiles_so_far(ctx), incomplete)
    except click.ClickException:
        return []


def codes(incomplete: str) -> Items:
    """Codes with their titles, written as the word was begun: ``HP101``, ``hp101`` or ``101``."""
    from homeperf_ray.checks.registry import CODES

    found: Items = []
    for code in CODES.values():
        word = code.id[2:] if incomplete.isdigit() else code.id.lower() if incomplete.islower() else code.id
        if word.lower().startswith(incomplete.lower()):
            found.append(CompletionItem(word, help=code.title))
    return sorted(found, key=lambda item: str(item.value))


def files(incomplete: str, *, folder: bool = False) -> Items:
    """Whatever file or folder there is: the shell knows."""
    return [CompletionItem(incomplete, type="dir" if folder else "file")]


def kinds(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """Kinds of the clusters that are named so far, as a comma list is continued; at least those that all have."""
    if ctx.params.get(param.name or ""):
        return []
    from homeperf_ray.kube.naming import ALWAYS

    found = {named.served.resource.plural for named in ALWAYS}

    async def one(target: Target, gate: Gate, deadline: float) -> None:
        await _catalogued(target, gate, deadline, found)

    _in_time(lambda: _each_target(ctx, one))
    return _continued(sorted(found), incomplete)


def cached(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """Resources that the runtime of this machine holds, without those that are named already."""
    named = ctx.params.get(param.name or "") or ()
    found: set[str] = set()

    def ask() -> None:
        from homeperf_ray.actors.client import Unavailable, connect

        client = connect()
        if not isinstance(client, Unavailable):
            with client:
                found.update(entry.resource for entry in client.cache().entries)

    _bounded(ask)
    return _beginning(sorted(found - set(named)), incomplete)


def _beginning(names: Iterable[str], incomplete: str, lead: str = "") -> Items:
    return [CompletionItem(lead + name) for name in names if name.startswith(incomplete)]


def _continued(names: Sequence[str], incomplete: str) -> Items:
    """What may end a comma list: names that are not in it yet, and that have no comma of their own."""
    before, comma, last = incomplete.rpartition(",")
    listed = before.split(",")
    return _beginning([name for name in names if name not in listed and "," not in name], last, before + comma)


def _kubeconfig(ctx: click.Context) -> str | None:
    """The kubeconfig that is named so far: on the line, in the environment, in the configuration."""
    from homeperf_ray.cli.configuration import settings_so_far

    if "contexts" in ctx.params:
        named: str | None = settings_so_far(ctx)["kubeconfig"]
        return named
    return ctx.params.get("kubeconfig")


def _namespaces(ctx: click.Context) -> set[str]:
    """Names from all clusters that answer in time."""
    from homeperf_ray.cli.folders import cache_folder
    from homeperf_ray.kube.namespaces import namespace_names

    found: set[str] = set()

    async def one(target: Target, gate: Gate, deadline: float) -> None:
        found.update(await namespace_names(target, gate, cache_folder(), deadline))

    _in_time(lambda: _each_target(ctx, one))
    return set(found)


async def _catalogued(target: Target, gate: Gate, deadline: float, found: set[str]) -> None:
    from homeperf_ray.cli.folders import cache_folder
    from homeperf_ray.kube.catalog import read_catalog
    from homeperf_ray.kube.connection import Connection

    connection = Connection(target, gate=gate)
    try:
        catalog, _ = await read_catalog(connection, cache_dir=cache_folder(), deadline=deadline)
    finally:
        await connection.close()
    found.update(named.served.resource.plural for named in catalog.named)


def _in_time(ask: Callable[[], Coroutine[Any, Any, None]]) -> None:
    import asyncio

    _bounded(lambda: asyncio.run(ask()))


def _bounded(ask: Callable[[], None]) -> None:
    """Ask for as long as a prompt may stand still.

    A thread asks, since a name server that does not answer cannot be interrupted: it is left behind.
    """

    def run() -> None:
        with contextlib.suppress(KubeError, click.ClickException):
            ask()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(PATIENCE)


async def _each_target(ctx: click.Context, visit: Callable[[Target, Gate, float], Awaitable[None]]) -> None:
    """Visit every server that is named so far, on the budget that this user's runs share."""
    import asyncio

    from homeperf_ray.cli.clusters import accesses
    from homeperf_ray.cli.configuration import settings_so_far
    from homeperf_ray.cli.folders import budget_folder
    from homeperf_ray.kube.request import Access
    from homeperf_ray.kube.target import load_target
    from homeperf_ray.limits.lease import Budget
    from homeperf_ray.limits.local_budgets import LocalBudgets

    deadline = time.monotonic() + PATIENCE

    async def one(access: Access) -> None:
        target = load_target(access)
        await visit(target, budgets.gate(target.server_id, target.origin, budget), deadline)

    said = settings_so_far(ctx)
    budget, budgets = Budget(said["qps"], said["burst"]), LocalBudgets(budget_folder())
    if "contexts" in ctx.params:
        asked = accesses(said["kubeconfig"], said["context"], all_contexts=said["all-contexts"])
    else:
        named = ctx.params.get("context")
        asked = accesses(ctx.params.get("kubeconfig"), [named] if named else [], all_contexts=False)
    await asyncio.gather(*map(one, asked), return_exceptions=True)
    await budgets.close()
