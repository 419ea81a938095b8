"""``homeperf sim``: the embedded homelab, alone or around a command."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from homeperf_ray.cli.kinds import Duration, Names, Reading
from homeperf_ray.config.file import unconfigured

if TYPE_CHECKING:
    from homeperf_ray.sim.faults import Rule
    from homeperf_ray.sim.process import RunningSim


class Latency(Reading):
    """``20ms``, ``normal:20ms,5ms``, ``recorded:FILE``."""

    def __init__(self) -> None:
        super().__init__(_latency, "latency")


class BytesPerSecond(Reading):
    """``10MB/s``."""

    def __init__(self) -> None:
        super().__init__(_bandwidth, "bandwidth")


def _latency(text: str) -> Any:
    from homeperf_ray.sim.delays import read

    return read(text)


def _bandwidth(text: str) -> float:
    from homeperf_ray.sim.bandwidth import read

    return read(text)


_FIRST = {
    "status": "status",
    "latency": "seconds",
    "stall": "seconds",
    "closed": "seconds",
    "compacted": "seconds",
    "redirect": "location",
    "node": "node",
    "kubelet": "node",
    "drip": "rate",
    "dns": "answer",
    "tls": "answer",
    "http": "answer",
    "tcp": "answer",
}
"""The field that the value of a fault's kind is about."""

_READINGS: dict[str, Callable[[], Reading]] = {"seconds": Duration, "evict": Duration, "rate": BytesPerSecond}


class Fault(click.ParamType["Rule"]):
    """A fault in one word: ``status=429,resource=pods,times=3,retry-after=2``, ``hang,resource=nodes``, ``latency=1s``.

    It begins with the kind; some, such as ``status`` and ``latency``, take their value there.
    """

    name = "fault"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Rule:
        import msgspec

        from homeperf_ray.sim.faults import KINDS, Rule, RuleError

        first, *rest = str(value).split(",")
        kind, _, argument = first.partition("=")
        fields: dict[str, Any] = {"kind": kind}
        if kind not in KINDS:
            self.fail(f"a fault is one of {', '.join(KINDS)}, not {kind!r}", param, ctx)
        if argument:
            if kind not in _FIRST:
                self.fail(f"the fault {kind!r} takes no value", param, ctx)
            rest.insert(0, f"{_FIRST[kind]}={argument}")
        for part in rest:
            name, _, setting = part.partition("=")
            reading = _READINGS.get(name)
            fields[name.replace("-", "_")] = reading().convert(setting, param, ctx) if reading else setting
        unknown = fields.keys() - set(Rule.__struct_fields__)
        if unknown:
            self.fail(f"a fault has no field {min(unknown)!r}", param, ctx)
        try:
            rule = msgspec.convert(fields, Rule, strict=False)
            rule.validate()
        except (msgspec.ValidationError, RuleError) as error:
            self.fail(str(error), param, ctx)
        return rule


@click.command(
    context_settings={"allow_interspersed_args": False, "show_default": True},
    epilog="""\b
Examples:
  homeperf sim                                  serve until Ctrl-C
  homeperf sim -- kubectl get pods -A           run a command against it
  homeperf sim --fault status=429,times=3 -- homeperf check""",
)
@click.option("--nodes", type=click.IntRange(1, 5_000), default=6, help="Nodes, control planes included.")
@click.option("--namespaces", type=click.IntRange(5), default=30, help="Namespaces.")
@click.option("--pods", type=click.IntRange(5), default=300, help="Pods, the sick ones included.")
@click.option("--pvcs", type=click.IntRange(0), default=40, help="PersistentVolumeClaims.")
@click.option("--seed", type=int, default=7, help="The same seed gives the same names and the same faults.")
@click.option("--port", type=click.IntRange(0, 65_535), default=0, help="Port on loopback; 0 takes a free one.")
@click.option(
    "--latency",
    type=Latency(),
    default="0s",
    help="Time before every answer: 20ms, normal:20ms,5ms, or recorded:FILE.",
)
@click.option(
    "--bandwidth", type=BytesPerSecond(), help="Shared by all connections, such as 10MB/s.", show_default=False
)
@click.option("--fairness", is_flag=True, help="API Priority and Fairness: seats, queues, 429.")
@click.option("--seats", type=click.IntRange(1), default=600, help="Seats of all priority levels together.")
@click.option(
    "--from-kubeconfig",
    type=click.Path(exists=True, dir_okay=False, path_type=str),
    help="Copy the shape of the cluster that this leads to; Secrets' contents are never read.",
)
@click.option("--context", help="The context of --from-kubeconfig; the current one if not named.")
@click.option("--churn", type=click.FloatRange(0, 1_000), default=0, help="Changes a second.")
@click.option(
    "--kubernetes-version", metavar="VERSION", default="1.34", help="Version to emulate: 1.34, 1.31, 1.20 ..."
)
@click.option(
    "--without",
    type=Names(),
    multiple=True,
    help="Leave parts out: flux, ceph, metrics, certificates, gateway (a comma list).",
)
@click.option("--healthy", is_flag=True, help="A cluster with nothing wrong.")
@click.option(
    "--endpoints", is_flag=True, help="Let DNS, ingresses, Gateways and Services answer on loopback, for --probe."
)
@click.option("--no-default-class", is_flag=True, help="Mark no StorageClass as the default.")
@click.option(
    "--kubelets",
    type=click.Choice(["signed", "self-signed"]),
    help="Give each node a kubelet on loopback, with a certificate that is signed by the cluster or by itself.",
)
@click.option("--fault", "faults", type=Fault(), multiple=True, help="A fault in force from the start (docs/sim.md).")
@click.argument("cmd", nargs=-1, type=click.UNPROCESSED)
def command(
    without: Sequence[tuple[str, ...]],
    faults: Sequence[Rule],
    no_default_class: bool,
    bandwidth: float | None,
    from_kubeconfig: str | None,
    context: str | None,
    cmd: tuple[str, ...],
    **sizes: Any,
) -> int:
    """Run the embedded homelab: a Kubernetes API server with a made-up cluster, on loopback.

    With CMD, run that with KUBECONFIG set, and end with its exit code. Without, serve until Ctrl-C.
    """
    from homeperf_ray.sim.faults import RuleError
    from homeperf_ray.sim.options import Options, OptionsError
    from homeperf_ray.sim.process import SimError, start_with

    parts: Any = tuple(part for names in without for part in names)
    if context and not from_kubeconfig:
        raise click.UsageError("--context belongs to --from-kubeconfig, which is not given.")
    sizes |= {"bandwidth": bandwidth or 0.0, "from_kubeconfig": from_kubeconfig or "", "context": context or ""}
    try:
        options = Options(without=parts, faults=tuple(faults), default_class=not no_default_class, **sizes)
        sim = start_with(options)
    except (OptionsError, RuleError, SimError) as error:
        raise click.ClickException(str(error)) from error
    for note in sim.ready.notes:
        click.echo(note, err=True)
    with sim:
        return _run(sim, cmd) if cmd else _serve(sim)


def _environment(sim: RunningSim) -> dict[str, str]:
    """What leads a command to this homelab."""
    found = {"KUBECONFIG": str(sim.kubeconfig)}
    return found | ({"HOMEPERF_CONFIG": sim.endpoints.configuration} if sim.endpoints else {})


def _run(sim: RunningSim, cmd: Sequence[str]) -> int:
    """Run a command against the homelab; its exit code, 128 and more where a signal ended it.

    SIGTERM and SIGHUP are handed on to it. Whatever it leaves running is ended with the homelab.
    """
    from homeperf_ray.sim import orphans

    others = orphans.adopt()
    told: list[int] = []
    children: list[subprocess.Popen[bytes]] = []

    def hand_on(number: int, _frame: object) -> None:
        told.append(number)
        for child in children:
            child.send_signal(number)

    # A terminal sends Ctrl-C to the command as well; what that does about it decides. Functions, unlike SIG_IGN, are
    # not inherited by the command.
    taken: dict[int, Any] = {signal.SIGINT: lambda *_: None, signal.SIGTERM: hand_on, signal.SIGHUP: hand_on}
    before = {number: signal.signal(number, handler) for number, handler in taken.items()}
    try:
        children.append(subprocess.Popen(cmd, env={**unconfigured(os.environ), **_environment(sim)}))
        for number in tuple(told):
            children[0].send_signal(number)
        code = children[0].wait()
        orphans.end(but={sim.pid, *others})
    except OSError as error:
        raise click.ClickException(f"{cmd[0]} cannot be run: {error.strerror}.") from error
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return code if code >= 0 else 128 - code


def _serve(sim: RunningSim) -> int:
    """Say how to use the homelab, and wait for Ctrl-C, SIGTERM or SIGHUP."""
    stopped = threading.Event()
    ends = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, lambda *_: stopped.set()) for number in ends}
    try:
        for name, value in _environment(sim).items():
            click.echo(f"export {name}={shlex.quote(value)}")
        click.echo(
            f"The homelab serves at {sim.url}; use what is above in another terminal, then\n"
            "  kubectl get pods -A\n"
            "  homeperf check\n"
            f"  kubectl --context limited get pods        (may read {' and '.join(sim.limited_namespaces)} only)\n"
            f"Counts and faults: curl --unix-socket {shlex.quote(str(sim.admin_socket))} http://sim/counts\n"
            "Ctrl-C ends it.",
            err=True,
        )
        while not stopped.wait(0.5):
            if not sim.running:
                raise click.ClickException("the homelab has ended by itself.")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 0
