"""Claims that nobody mounts are noted with their size, and never where somebody may yet."""

from __future__ import annotations

from typing import Any

from homeperf_ray.checks.unmounted import USERS
from homeperf_ray.kube.resources import (
    CRON_JOBS,
    DEPLOYMENTS,
    JOBS,
    PERSISTENT_VOLUME_CLAIMS,
    PODS,
    STATEFUL_SETS,
    GroupResource,
)
from tests.checks.judging import HOUR, Object, ago, judge
from tests.checks.pod_objects import container, pod
from tests.checks.test_jobs import cron_job, job
from tests.checks.test_volume_use import bound
from tests.checks.test_workloads import deployment, stateful_set


def mounts(*claims: str) -> list[Object]:
    volumes = [
        {"name": f"v{number}", "persistentVolumeClaim": {"claimName": name}} for number, name in enumerate(claims)
    ]
    return [{"name": "config", "configMap": {"name": "c"}}, *volumes]


def mounting(item: Object, *claims: str) -> Object:
    item["spec"].setdefault("template", {}).setdefault("spec", {})["volumes"] = mounts(*claims)
    return item


def user(*claims: str) -> Object:
    item = pod("user", container("a"))
    item["spec"]["volumes"] = mounts(*claims)
    return item


def notes(*claims: Object, missing: GroupResource | None = None, **others: Any) -> tuple[str, ...]:
    named = {"pods": PODS, "deployments": DEPLOYMENTS, "sets": STATEFUL_SETS, "cron": CRON_JOBS, "jobs": JOBS}
    objects: dict[GroupResource, list[Object]] = {resource: [] for resource in (PODS, *USERS) if resource != missing}
    objects |= {named[name]: [item] for name, item in others.items()} | {PERSISTENT_VOLUME_CLAIMS: list(claims)}
    judgement = judge("unmounted-claims", objects)
    assert judgement.findings == ()
    return judgement.notes


def test_a_claim_that_nobody_mounts_is_noted_with_its_size():
    (note,) = notes(bound("old", "20Gi"), bound("older", "5Gi"))
    assert note.endswith("no workload names: 2 (25 GiB): media/old (20 GiB), media/older (5.0 GiB)")


def test_a_claim_that_a_pod_mounts_is_well():
    assert notes(bound("data"), pods=user("data")) == ()
    assert notes(bound("data"), pods=user("other")) != ()


def test_claims_of_what_is_scaled_to_zero_are_well():
    scaled = stateful_set(ready=0)
    scaled["spec"] |= {"replicas": 0, "volumeClaimTemplates": [{"metadata": {"name": "data"}}]}
    name = scaled["metadata"]["name"]
    assert notes(bound(f"data-{name}-0"), bound(f"data-{name}-11"), sets=scaled) == ()
    assert notes(bound(f"data-{name}-old"), sets=scaled) != ()
    assert notes(bound("data"), deployments=mounting(deployment(desired=0, available=0), "data")) == ()


def test_claims_of_cron_jobs_and_jobs_are_well_between_two_runs():
    nightly = cron_job()
    nightly["spec"]["jobTemplate"] = mounting({"spec": {}}, "backup")
    assert notes(bound("backup"), cron=nightly) == ()
    assert notes(bound("backup"), jobs=mounting(job("once", suspend=True), "backup")) == ()


def test_a_young_claim_may_wait_and_an_owned_one_is_its_owners():
    young, owned, ending = bound("young"), bound("owned"), bound("ending")
    young["metadata"]["creationTimestamp"] = ago(0.9 * HOUR)
    owned["metadata"]["ownerReferences"] = [{"kind": "Cluster", "name": "pg", "apiVersion": "postgresql.cnpg.io/v1"}]
    ending["metadata"]["deletionTimestamp"] = ago(60)
    assert notes(young, owned, ending) == ()


def test_nothing_is_said_where_not_everything_could_be_read():
    assert notes(bound("old"), missing=STATEFUL_SETS) == ()
    assert notes(bound("old"), missing=CRON_JOBS) == ()
