"""Deployments, StatefulSets, DaemonSets and CronJobs behind what was asked of them."""

import pytest

from homeperf_ray.kube.resources import DAEMON_SETS, DEPLOYMENTS, STATEFUL_SETS
from tests.checks.judging import DAY, HOUR, MINUTE, ago, condition, found, judge, meta


def deployment(
    name="web",
    desired=2,
    available=2,
    *,
    age=30 * DAY,
    progressing="NewReplicaSetAvailable",
    updated=DAY,
    generation=4,
    observed=4,
    **spec,
):
    progress = condition("Progressing", "True", age=age, reason=progressing)
    progress["lastUpdateTime"] = ago(updated)
    status = {"observedGeneration": observed, "replicas": desired, "conditions": [progress]}
    if available:
        status |= {"availableReplicas": available, "readyReplicas": available, "updatedReplicas": available}
    return {
        "metadata": meta(name, age=age, generation=generation),
        "spec": {"replicas": desired, **spec},
        "status": status,
    }


def codes(check, resource, *items, **options):
    judgement = judge(check, {resource: list(items)}, **options)
    assert judgement.examined == len(items)
    return found(judgement)


def test_deployments_that_have_what_they_want_are_well():
    assert codes("deployments", DEPLOYMENTS, deployment(), deployment("off", 0, 0), deployment("more", 1, 2)) == {}


def test_a_deployment_with_nothing_available_is_critical_and_one_behind_is_a_warning():
    sick = codes("deployments", DEPLOYMENTS, deployment("down", 2, 0), deployment("behind", 3, 2))
    assert sick == {"Deployment/down": ["HP221"], "Deployment/behind": ["HP222"]}


def test_replicas_default_to_one():
    sick = deployment("one", 1, 0)
    del sick["spec"]["replicas"]
    assert codes("deployments", DEPLOYMENTS, sick) == {"Deployment/one": ["HP221"]}


def test_a_new_deployment_and_one_that_rolls_may_be_behind():
    new = deployment("new", 2, 0, age=MINUTE, progressing="ReplicaSetUpdated", updated=10.0)
    rolling = deployment("rolling", 3, 2, progressing="ReplicaSetUpdated", updated=MINUTE)
    slow = deployment("slow", 3, 2, progressing="ReplicaSetUpdated", updated=HOUR)
    assert codes("deployments", DEPLOYMENTS, new, rolling, slow) == {"Deployment/slow": ["HP222"]}


def test_a_rollout_that_is_complete_excuses_nothing():
    sick = deployment("web", 1, 0, progressing="NewReplicaSetAvailable", updated=MINUTE)
    assert codes("deployments", DEPLOYMENTS, sick) == {"Deployment/web": ["HP221"]}


def test_a_rollout_out_of_time_is_found_even_when_the_old_pods_still_run():
    stuck = deployment("web", 2, 2, progressing="ProgressDeadlineExceeded", updated=MINUTE)
    down = deployment("new", 1, 0, age=MINUTE, progressing="ProgressDeadlineExceeded", updated=MINUTE)
    assert codes("deployments", DEPLOYMENTS, stuck, down) == {
        "Deployment/web": ["HP223"],
        "Deployment/new": ["HP223", "HP221"],
    }


@pytest.mark.parametrize(("observed", "what"), [(3, "only generation 3 of 4"), (None, "nothing of it")])
def test_a_change_that_no_controller_has_seen(observed, what):
    judgement = judge(
        "deployments", {DEPLOYMENTS: [deployment(observed=observed), deployment("new", age=5.0, observed=None)]}
    )
    [finding] = judgement.findings
    assert (finding.code, finding.object) == ("HP229", "Deployment/web")
    assert what in finding.message


@pytest.mark.parametrize("status", [None, {}, {"conditions": None, "availableReplicas": None}])
def test_a_deployment_without_status_has_nothing_available(status):
    bare = {"metadata": meta("bare", generation=1), "spec": {"replicas": 1}, "status": status}
    assert codes("deployments", DEPLOYMENTS, bare) == {"Deployment/bare": ["HP221", "HP229"]}


def stateful_set(name="db", desired=3, ready=3, age=DAY):
    status = {"observedGeneration": 1, "replicas": desired, "readyReplicas": ready}
    return {"metadata": meta(name, age=age, generation=1), "spec": {"replicas": desired}, "status": status}


def test_stateful_sets():
    items = (
        stateful_set(),
        stateful_set("behind", 3, 1),
        stateful_set("down", 1, 0),
        stateful_set("new", 1, 0, MINUTE),
    )
    assert codes("statefulsets", STATEFUL_SETS, *items) == {
        "StatefulSet/behind": ["HP225"],
        "StatefulSet/down": ["HP224"],
    }


def daemon_set(name="agent", desired=3, available=3, misscheduled=0, updated=None, age=DAY):
    status = {
        "observedGeneration": 1,
        "desiredNumberScheduled": desired,
        "currentNumberScheduled": desired,
        "numberReady": available,
        "numberMisscheduled": misscheduled,
        "updatedNumberScheduled": desired if updated is None else updated,
    }
    if available:
        status["numberAvailable"] = available
    return {"metadata": meta(name, "kube-system", age=age, generation=1), "spec": {}, "status": status}


def test_daemon_sets():
    items = (
        daemon_set(),
        daemon_set("nowhere", 0, 0),
        daemon_set("behind", 3, 2),
        daemon_set("down", 3, 0),
        daemon_set("astray", 3, 3, misscheduled=2),
        daemon_set("new", 3, 0, age=MINUTE),
    )
    assert codes("daemonsets", DAEMON_SETS, *items) == {
        "DaemonSet/behind": ["HP227"],
        "DaemonSet/down": ["HP226"],
        "DaemonSet/astray": ["HP228"],
    }


def test_a_daemon_set_that_is_being_updated_says_so():
    [finding] = judge("daemonsets", {DAEMON_SETS: [daemon_set("cni", 3, 2, updated=1)]}).findings
    assert finding.message == "available on 2 of 3 nodes; 1 of them updated"
