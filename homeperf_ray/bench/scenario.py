"""What is measured: named scenarios, each a command."""

from __future__ import annotations

import shutil
import sys

import msgspec

HOMEPERF = (sys.executable, "-m", "homeperf_ray.cli.main")
CHECK = (*HOMEPERF, "check", "-o", "json", "--no-timings")


class Scenario(msgspec.Struct, frozen=True):
    """One way to judge a cluster. ``--kubeconfig FILE`` is added to the command.

    ``runtime`` says that it needs a warm runtime, ``program`` what must be installed, ``judges`` whether its findings
    can be compared with those of the others.
    """

    name: str
    title: str
    command: tuple[str, ...]
    runtime: bool = False
    program: str = ""
    judges: bool = True

    @property
    def missing(self) -> str:
        """The program that is not installed here; empty where all is."""
        return "" if not self.program or shutil.which(self.program) else self.program


SCENARIOS = (
    Scenario(
        "kubectl-serial",
        "one kubectl after another, namespace by namespace, judged by the same checks",
        (sys.executable, "-m", "homeperf_ray.bench.old_way", "-o", "json"),
        program="kubectl",
    ),
    Scenario("serial", "homeperf, one request at a time", (*CHECK, "--runner", "serial")),
    Scenario("local", "homeperf in one process, started anew", (*CHECK, "--runner", "local")),
    Scenario("ray-warm", "homeperf through a warm runtime", (*CHECK, "--runner", "ray"), runtime=True),
    Scenario("ray-fresh", "the same, accepting no cached answer", (*CHECK, "--runner", "ray", "--fresh"), runtime=True),
    Scenario(
        "floor",
        "start-up alone: the check's imports and an empty plan",
        (sys.executable, "-m", "homeperf_ray.bench.floor"),
        judges=False,
    ),
    Scenario(
        "wire",
        "one bare keep-alive client, the same LISTs one after another, nothing decoded",
        (sys.executable, "-m", "homeperf_ray.bench.wire"),
        judges=False,
    ),
)


def scenarios_named(names: tuple[str, ...]) -> tuple[Scenario, ...]:
    """The scenarios of these names, each once and in their order; all of them for none. Raises KeyError."""
    known = {scenario.name: scenario for scenario in SCENARIOS}
    return tuple(known[name] for name in dict.fromkeys(names)) or SCENARIOS
