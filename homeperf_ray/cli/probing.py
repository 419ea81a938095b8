"""Probes from this machine, whichever runner has read the cluster."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from homeperf_ray.cli.drive import Result
from homeperf_ray.config.probes import Probes
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.executor.local import fast_loop
from homeperf_ray.executor.probing import WORKSTATION, operations, probe_targets, with_probes
from homeperf_ray.executor.report import Report
from homeperf_ray.kube.errors import ConfigError
from homeperf_ray.probes.outcome import Outcome
from homeperf_ray.probes.probe import INSIDE, OUTSIDE, DnsProbe, Target
from homeperf_ray.probes.settings import ProbeSettings
from homeperf_ray.probes.targets import each_once, placed, resolver_of
from homeperf_ray.timings.dataset import encode

_LARGEST_CA = 1 << 20


def authority(said: Probes) -> str:
    """The authorities of the configuration, in PEM; empty where it names none. Raises ConfigError."""
    path = said.get("ca", "")
    if not path:
        return ""
    try:
        with Path(path).open("rb") as file:
            text = file.read(_LARGEST_CA).decode("ascii", "replace")
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=text)
    except (ssl.SSLError, ValueError):
        raise ConfigError(f"probes.ca: {path} holds no certificate in PEM", "Correct the file.") from None
    except OSError as error:
        raise ConfigError(f"probes.ca: {path}: {error.strerror}", "Name a file in PEM.") from None
    return text


def probed(results: Sequence[Result], jobs: Sequence[CheckJob], said: Probes, ca: str, *, away: bool) -> list[Result]:
    """The results with what their targets, and those of the configuration, answered; those are probed once, with the
    first. ``away`` is where another machine has read the cluster, whose word that the user named an address is not
    taken.
    """
    own = tuple(each.value for each in said.targets)
    found: list[Result] = []
    for result, job in zip(results, jobs, strict=True):
        done = _one(result, job, said, own, ca, away=away) if job.targets else result
        own = () if done.probes else own
        found.append(done)
    return found


def _one(result: Result, job: CheckJob, said: Probes, own: tuple[Target, ...], ca: str, *, away: bool) -> Result:
    report = result.report
    if "network" not in job.domains:
        note = "nothing was probed: --probe belongs to the domain network"
        return result._replace(report=msgspec.structs.replace(report, notes=(*report.notes, note)))
    if report.failure is not None:
        return result
    settings = _settings(said, job, report, ca)
    theirs = placed([_untrusted(target) for target in report.targets] if away else report.targets, settings)
    targets = each_once((*own, *(target for target in theirs if not _names_a_server(target))))
    outcomes = _run(targets, settings)
    report = with_probes(report, job, targets, outcomes)
    return result._replace(report=report, probes=encode(operations(report.probes, job, report.context)))


def _run(targets: Sequence[Target], settings: ProbeSettings) -> list[Outcome]:
    with asyncio.Runner(loop_factory=fast_loop()) as runner:
        runner.get_loop().set_exception_handler(_only_defects)
        return runner.run(probe_targets(targets, settings, WORKSTATION))


def _only_defects(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Leave connections that end under a probe to its outcome, instead of a traceback on stderr."""
    if "transport" not in context and "protocol" not in context:
        loop.default_exception_handler(context)


def _settings(said: Probes, job: CheckJob, report: Report, ca: str) -> ProbeSettings:
    plain = ProbeSettings()
    named = said.get("cluster-resolver", "")
    return ProbeSettings(
        timeout=said.get("timeout", plain.timeout),
        deadline=job.timeout,
        resolvers=said.get("resolver", ()),
        inside=named or resolver_of(report.targets),
        inside_trusted=bool(named),
        allow=said.get("allow", ()),
        ca=ca,
        http_port=said.get("http-port", plain.http_port),
        https_port=said.get("https-port", plain.https_port),
        cluster_domain=said.get("cluster-domain", plain.cluster_domain),
    )


def _names_a_server(target: Target) -> bool:
    """Whether a target says whom to ask, which only the configuration may."""
    return isinstance(target.probe, DnsProbe) and target.probe.resolver not in (INSIDE, OUTSIDE)


def _untrusted(target: Target) -> Target:
    if not getattr(target.probe, "trusted", False):
        return target
    return msgspec.structs.replace(target, probe=msgspec.structs.replace(target.probe, trusted=False))
