"""Deployments, StatefulSets, DaemonSets, Jobs and CronJobs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from tests.apiserver.content.made import HOURS, OLD, YOUNG, Made, ago, condition, make
from tests.apiserver.content.nodes import NODES

GAVE_UP = condition("Failed", "True", "BackoffLimitExceeded", "Job has reached the specified backoff limit")
DONE = condition("Complete", "True", "")


def workloads(namespaces: list[str], cron_version: str) -> Iterator[Made]:
    """Two Deployments a namespace that are well, and one of everything that is not."""
    first, second, *_ = namespaces
    for namespace in namespaces:
        yield deployment("web", namespace)
        yield deployment("worker", namespace, 1)
    yield deployment("down", first, available=0, codes=("HP221",))
    yield deployment("behind", second, 3, available=2, codes=("HP222",))
    yield deployment("stuck", first, 3, available=2, codes=("HP222", "HP223"),
                     progress=("False", "ProgressDeadlineExceeded"))  # fmt: skip
    yield deployment("unseen", second, codes=("HP229",), change={"minReadySeconds": 5})
    yield deployment("new", first, available=0, age=YOUNG)
    yield deployment("switched-off", second, 0)
    yield stateful_set("database", first)
    yield stateful_set("stateful-down", first, ready=0, codes=("HP224",))
    yield stateful_set("stateful-behind", second, ready=1, codes=("HP225",))
    yield stateful_set("stateful-new", second, ready=0, age=YOUNG)
    yield daemon_set("agent", first)
    yield daemon_set("daemon-down", first, available=0, codes=("HP226",))
    yield daemon_set("daemon-behind", second, available=9, codes=("HP227",))
    yield daemon_set("daemon-astray", second, astray=1, codes=("HP228",))
    yield daemon_set("for-no-node", first, desired=0)
    yield from _jobs(first)
    told = cron_version == "v1"
    yield cron_job("nightly", first, cron_version, succeeded=HOURS - dt.timedelta(minutes=5))
    yield cron_job("fails", second, cron_version, succeeded=OLD, codes=("HP231",))
    yield _job("fails-29012345", second, {"failed": 1, "conditions": [GAVE_UP]}, owner="fails")
    yield cron_job("never-succeeded", second, cron_version, codes=("HP231",) if told else ())
    yield cron_job("suspended", first, cron_version, suspend=True)
    yield cron_job("missed", first, cron_version, ran=OLD, succeeded=OLD, codes=("HP235",))


def deployment(
    name: str,
    namespace: str,
    replicas: int = 2,
    *,
    available: int | None = None,
    progress: tuple[str, str] = ("True", "NewReplicaSetAvailable"),
    labels: dict[str, str] | None = None,
    image: str = "registry.invalid/apps/app:1.4.2",
    **made: Any,
) -> Made:
    there = replicas if available is None else available
    status = {
        "observedGeneration": 1,
        "replicas": replicas,
        "updatedReplicas": replicas,
        "readyReplicas": there,
        "availableReplicas": there,
        "unavailableReplicas": replicas - there,
        "conditions": [
            condition("Available", "True" if there == replicas else "False", "MinimumReplicasAvailable"),
            condition("Progressing", *progress),
        ],
    }
    return make("apps/v1", "deployments", "Deployment", name, namespace, labels=labels,
                body={"spec": {"replicas": replicas, **_template(name, image)}}, status=status, **made)  # fmt: skip


def stateful_set(name: str, namespace: str, replicas: int = 3, *, ready: int | None = None, **made: Any) -> Made:
    there = replicas if ready is None else ready
    status = {
        "observedGeneration": 1,
        "replicas": replicas,
        "readyReplicas": there,
        "availableReplicas": there,
        "currentReplicas": replicas,
        "updatedReplicas": replicas,
    }
    spec = {"replicas": replicas, "serviceName": name, **_template(name)}
    return make("apps/v1", "statefulsets", "StatefulSet", name, namespace,
                body={"spec": spec}, status=status, **made)  # fmt: skip


def daemon_set(
    name: str,
    namespace: str,
    *,
    desired: int = NODES,
    available: int | None = None,
    astray: int = 0,
    labels: dict[str, str] | None = None,
    **made: Any,
) -> Made:
    there = desired if available is None else available
    status = {
        "observedGeneration": 1,
        "desiredNumberScheduled": desired,
        "currentNumberScheduled": desired,
        "updatedNumberScheduled": desired,
        "numberMisscheduled": astray,
        "numberReady": there,
        "numberAvailable": there,
        "numberUnavailable": desired - there,
    }
    return make("apps/v1", "daemonsets", "DaemonSet", name, namespace, labels=labels,
                body={"spec": _template(name)}, status=status, **made)  # fmt: skip


def cron_job(
    name: str,
    namespace: str,
    version: str,
    *,
    ran: dt.timedelta = HOURS,
    succeeded: dt.timedelta | None = None,
    suspend: bool = False,
    **made: Any,
) -> Made:
    """A CronJob that last ``ran`` so long ago. Servers before 1.21 forget when it last succeeded."""
    status = {"lastScheduleTime": ago(ran), **({"lastSuccessfulTime": ago(succeeded)} if succeeded else {})}
    spec = {"schedule": "0 3 * * *", "suspend": suspend, "jobTemplate": {"spec": _job_spec()}}
    return make(f"batch/{version}", "cronjobs", "CronJob", name, namespace,
                body={"spec": spec}, status=status, **made)  # fmt: skip


def _jobs(namespace: str) -> Iterator[Made]:
    yield _job("job-done", namespace, {"succeeded": 1, "conditions": [DONE]})
    yield _job("retried-owner", namespace, {"succeeded": 1, "failed": 1, "conditions": [DONE]})
    yield _job("job-trying", namespace, {"failed": 2})
    yield _job("job-running", namespace, {"active": 1})
    yield _job("job-failed", namespace, {"failed": 5, "conditions": [GAVE_UP]}, codes=("HP232",))
    yield _job("job-not-begun", namespace, {}, codes=("HP233",))
    yield _job("job-endless", namespace, {"active": 1}, began=OLD, codes=("HP234",))


def _job(
    name: str,
    namespace: str,
    status: dict[str, Any],
    *,
    began: dt.timedelta = HOURS,
    owner: str = "",
    **made: Any,
) -> Made:
    references = [{"apiVersion": "batch/v1", "kind": "CronJob", "name": owner, "uid": owner, "controller": True}]
    return make("batch/v1", "jobs", "Job", name, namespace, body={"spec": _job_spec()}, age=began,
                metadata={"ownerReferences": references} if owner else None,
                status={"startTime": ago(began), **status}, **made)  # fmt: skip


def _job_spec() -> dict[str, Any]:
    pod = {"restartPolicy": "Never", "containers": [{"name": "app", "image": "registry.invalid/apps/backup:2"}]}
    return {"template": {"spec": pod}}


def _template(name: str, image: str = "registry.invalid/apps/app:1.4.2") -> dict[str, Any]:
    labels = {"app.kubernetes.io/instance": name}
    pod = {"containers": [{"name": "app", "image": image}]}
    return {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}}
