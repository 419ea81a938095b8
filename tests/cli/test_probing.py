"""What a runtime elsewhere says is to be probed is not believed more than what a cluster says."""

from __future__ import annotations

import pytest

from homeperf_ray.cli import probing
from homeperf_ray.cli.drive import Result
from homeperf_ray.config.probes import Probes
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.executor.report import Report, Summary
from homeperf_ray.kube.request import Access
from homeperf_ray.probes.outcome import Outcome
from homeperf_ray.probes.probe import INSIDE, DnsProbe, Probe, Target, TcpProbe, TlsProbe
from homeperf_ray.probes.settings import ProbeSettings
from homeperf_ray.timings.ledger import Ledger


def result(*probes: Probe) -> Result:
    targets = tuple(Target(probe=probe, object="Service/x", namespace="media") for probe in probes)
    report = Report(
        run="1",
        started=0.0,
        duration=0.1,
        runner="ray",
        workers=1,
        context="away",
        server_version="",
        domains=("network",),
        namespaces=None,
        summary=Summary(),
        findings=(),
        notes=(),
        warnings=(),
        ledger=Ledger(),
        targets=targets,
    )
    return Result(report, b"")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Probe]:
    """What is probed, in the place of going there."""
    found: list[Probe] = []

    def run(targets: list[Target], settings: ProbeSettings) -> list[Outcome]:
        found.extend(target.probe for target in targets)
        return [
            Outcome(target=str(one.probe), protocol=one.probe.protocol, vantage="workstation", address="192.168.1.7")
            for one in targets
        ]

    monkeypatch.setattr(probing, "_run", run)
    return found


JOB = CheckJob(run="1", access=Access(()), domains=("network",), targets=True)


@pytest.mark.parametrize("away", [True, False])
def test_only_a_kubeconfig_that_was_read_here_is_the_users_word(asked: list[Probe], away: bool):
    given = TlsProbe("127.0.0.1", 6443, trusted=True)
    probing.probed([result(given, TcpProbe("10.0.0.1", 80, trusted=True))], [JOB], Probes(), "", away=away)
    assert [probe.trusted for probe in asked if not isinstance(probe, DnsProbe)] == [not away, not away]


def test_nobody_but_the_configuration_says_whom_to_ask(asked: list[Probe]):
    canary = DnsProbe("kubernetes.default.svc", resolver="10.43.0.10:53")
    probing.probed([result(canary, DnsProbe("evil.arpa", resolver="169.254.169.254"))], [JOB], Probes(), "", away=True)
    assert asked == [DnsProbe("kubernetes.default.svc.cluster.local", resolver=INSIDE)]


def test_targets_of_the_configuration_are_probed_once_for_several_contexts(asked: list[Probe]):
    from homeperf_ray.config.value import Value

    mine = Probes(targets=(Value(Target(probe=TcpProbe("nas.home.arpa", 445), object="Probe/nas")),))
    probing.probed([result(), result()], [JOB, JOB], mine, "", away=False)
    assert asked == [TcpProbe("nas.home.arpa", 445)]


def test_a_connection_that_ends_under_a_probe_is_no_traceback_and_a_defect_is():
    told: list[dict[str, object]] = []

    class Loop:
        default_exception_handler = staticmethod(told.append)

    probing._only_defects(Loop(), {"message": "Fatal error on SSL protocol", "transport": object()})  # type: ignore[arg-type]
    probing._only_defects(Loop(), {"message": "Task exception was never retrieved"})  # type: ignore[arg-type]
    assert [one["message"] for one in told] == ["Task exception was never retrieved"]
