import msgspec

from homeperf_ray.checks.finding import Finding
from homeperf_ray.executor.changes import changes_of, remembered
from homeperf_ray.executor.report import Report, Summary
from homeperf_ray.timings.ledger import Ledger


def finding(code="HP201", name="Pod/a", message="m", severity="warning", domain="workloads", part=""):
    return Finding(code, severity, domain, "media", name, message, "h", part)


def report(*findings, suppressed=()):
    return Report(
        run="r",
        started=1.0,
        duration=1.0,
        runner="local",
        workers=1,
        context="c",
        server_version="",
        domains=("workloads",),
        namespaces=None,
        summary=Summary(),
        findings=findings,
        notes=(),
        warnings=(),
        ledger=Ledger(),
        suppressed=suppressed,
    )


def test_a_finding_stays_the_same_when_its_message_ages():
    changes = changes_of(report(finding(message="for 3m")), [finding(message="for 2m")], 5.0)
    assert (changes.new, changes.fixed, changes.since) == ((), (), 5.0)


def test_new_and_fixed():
    old, new = finding(name="Pod/old"), finding(name="Pod/new")
    changes = changes_of(report(new), [old], 5.0)
    assert (changes.new, changes.fixed) == ((new.key,), (old,))


def test_another_container_of_the_same_pod_is_another_finding():
    changes = changes_of(report(finding(part="b")), [finding(part="a")], 5.0)
    assert len(changes.new) == len(changes.fixed) == 1


def test_what_could_not_be_judged_this_time_is_not_fixed_and_is_remembered():
    unread = finding("HP001", "pods", severity="error")
    gone, other = finding(), finding("HP301", "PersistentVolumeClaim/x", domain="storage")
    now = report(unread)
    changes = changes_of(now, [gone, other], 5.0)
    assert (changes.fixed, changes.unknown) == ((other,), (gone,))
    kept = remembered(msgspec.structs.replace(now, changes=changes))
    assert gone in kept
    assert other not in kept


def test_what_the_configuration_hides_is_neither_new_nor_fixed():
    changes = changes_of(report(suppressed=(finding(),)), [finding()], 5.0)
    assert (changes.new, changes.fixed) == ((), ())
