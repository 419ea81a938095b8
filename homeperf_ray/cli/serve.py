"""``homeperf serve``: make the Ray cluster whose head this is a runtime for workstations."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from homeperf_ray.cli.kinds import File, Reading
from homeperf_ray.config.kinds import Address, Positive


@click.command("serve")
@click.option(
    "--listen",
    type=Reading(Address().read, "address"),
    metavar="HOST:PORT",
    help="Where the Gateway listens.  [default: the address of this node in the Ray cluster, port 7443]",
)
@click.option("--kubeconfig", type=File(), metavar="FILE", help="What to read with; the same path on every node.")
@click.option("--context", default="", metavar="NAME", help="Context in the kubeconfig.")
@click.option(
    "--credentials",
    type=File(),
    metavar="DIR",
    envvar="HOMEPERF_GATEWAY_DIR",
    help="Folder of tls.crt, tls.key and token; what is missing is made.  "
    "[default: homeperf/gateway in the XDG state directory]",
)
@click.option("--name", "names", multiple=True, metavar="NAME", help="What workstations call this host (repeatable).")
@click.option("--qps", type=Reading(Positive().read, "number"), default=50.0, show_default=True, help="At most.")
@click.option("--burst", type=click.IntRange(1), default=100, show_default=True, help="At most.")
@click.option("--wait", type=click.FloatRange(0, 600), default=0.0, help="Seconds to wait for Ray.")
@click.option("--prepare", is_flag=True, help="Make certificate and token, and start nothing.")
def command(
    listen: str | None,
    kubeconfig: str | None,
    context: str,
    credentials: str | None,
    names: tuple[str, ...],
    wait: float,
    prepare: bool,
    **budget: Any,
) -> None:
    """Make the Ray cluster whose head this is a runtime for workstations, with a worker on each node.

    It reads with FILE, or in a pod with its ServiceAccount; no workstation can make it read with anything else.
    Workstations come in over TLS with a token of their own, never with Ray's. The actors go on when this command ends,
    and are replaced when it is called again.
    """
    from homeperf_ray.actors.credentials import GatewayCredentials, own_names
    from homeperf_ray.actors.serve import ray_address, start
    from homeperf_ray.actors.serving import PORT, Serving
    from homeperf_ray.cli.failure import failing
    from homeperf_ray.cli.folders import state_folder
    from homeperf_ray.kube.request import Access
    from homeperf_ray.kube.target import load_target

    folder = GatewayCredentials(Path(credentials).absolute() if credentials else state_folder() / "gateway")
    with failing():
        if prepare:
            folder.make((*names, *own_names()))
            click.echo(f"{folder.folder} holds tls.crt, tls.key and token.")
            click.echo(f"gateway-fingerprint: {folder.fingerprint()}")
            return
        access = Access((str(Path(kubeconfig).absolute()),) if kubeconfig else (), context)
        load_target(access)
        address = ray_address(os.environ, wait=wait)
        host, _, port = (listen or f"{address.rpartition(':')[0]}:{PORT}").rpartition(":")
        host = host.strip("[]")
        folder.make((*names, host, *own_names()))
        folder.server_context()
        start(
            address,
            Serving(host=host, port=int(port), credentials=str(folder.folder), access=access, **budget),
        )
        fingerprint = folder.fingerprint()
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    click.echo(f"The runtime serves workstations at {where}. In their configuration (homeperf config path):")
    click.echo(f"  address: {where}\n  gateway-fingerprint: {fingerprint}")
    click.echo(f"and the token, in ~/.config/homeperf/gateway.token with mode 0600: copy {folder.token}")
