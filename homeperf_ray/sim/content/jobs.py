"""CronJobs, the Jobs that they started, and the pods of those."""

from __future__ import annotations

from homeperf_ray.sim.content import templates
from homeperf_ray.sim.content.names import EMPTY, SYSTEM, App
from homeperf_ray.sim.content.plan import Plan, Workload
from homeperf_ray.sim.content.pods import Pod, Scheduler, of_job
from homeperf_ray.sim.content.templates import Template
from homeperf_ray.sim.content.world import DAY, HOUR, MINUTE, Object, Owner, World

_HISTORY = 3
"""Jobs that a CronJob keeps."""

_NAMES = ("backup", "cleanup", "library-scan", "certificate-renewal", "database-dump", "sync")


def make(world: World, scheduler: Scheduler, plan: Plan) -> tuple[list[Pod], dict[str, list[Object]]]:
    """The pods of all jobs, exactly as many as planned, and all objects by resource, those of the pods included."""
    room = [name for name in plan.namespaces if name not in SYSTEM | EMPTY]
    pods: list[Pod] = []
    objects: dict[str, list[Object]] = {"cronjobs.batch": [], "jobs.batch": [], "pods": []}
    completed, failed, position = plan.completed, plan.failed, 0
    while completed or failed:
        namespace = room[position % len(room)]
        turn = position // len(room)
        name = _NAMES[turn % len(_NAMES)] + (f"-{turn // len(_NAMES) + 1}" if turn >= len(_NAMES) else "")
        outcomes = []
        if failed:
            outcomes, failed = [True], failed - 1
        kept = min(completed, _HISTORY - len(outcomes))
        outcomes, completed = outcomes + [False] * kept, completed - kept
        made, cron_job, jobs = _cron_job(world, scheduler, namespace, name, outcomes, suspended=position % 5 == 4)
        pods += [pod for pod, _ in made]
        objects["pods"] += [item for _, item in made]
        objects["cronjobs.batch"].append(cron_job)
        objects["jobs.batch"] += jobs
        position += 1
    return pods, objects


def _cron_job(
    world: World, scheduler: Scheduler, namespace: str, name: str, outcomes: list[bool], *, suspended: bool
) -> tuple[list[tuple[Pod, Object]], Object, list[Object]]:
    """One CronJob whose latest jobs ended so, the newest first; True is a failed one."""
    app = App(name, "ghcr.io/homelab/jobs", "1.4.2", 0, "Job")
    workload = Workload(namespace, app, {"app.kubernetes.io/name": name}, 0)
    template = templates.make(world, workload)
    metadata = world.metadata(
        name, namespace, age=world.rng.uniform(70 * DAY, 300 * DAY), labels=workload.labels, generation=1
    )
    owner = Owner("batch/v1", "CronJob", name, metadata["uid"])
    pods, jobs = [], []
    number = world.rng.randint(29_100_000, 29_900_000)
    offset = world.rng.uniform(2 * HOUR, 20 * HOUR)
    for run, failed in enumerate(outcomes):
        age = offset + run * DAY
        job_name = f"{name}-{number - run * 1_440}"
        job_metadata = world.metadata(job_name, namespace, age=age, labels=workload.labels, owner=owner, generation=1)
        job_owner = Owner("batch/v1", "Job", job_name, job_metadata["uid"])
        pods.append(of_job(world, scheduler, workload, template, job_owner, age, failed=failed))
        jobs.append(_job(world, job_metadata, template, age, failed=failed))
    spec: Object = {
        "schedule": f"{world.rng.randint(0, 59)} {world.rng.randint(0, 23)} * * *",
        "concurrencyPolicy": "Forbid",
        "suspend": suspended,
        "jobTemplate": {"metadata": {"creationTimestamp": None}, "spec": {"template": {"spec": template.spec}}},
        "successfulJobsHistoryLimit": _HISTORY,
        "failedJobsHistoryLimit": 1,
    }
    status: Object = {"lastScheduleTime": world.stamp(offset)}
    good = next((run for run, failed in enumerate(outcomes) if not failed), None)
    if good is not None and world.minor >= 21:
        status["lastSuccessfulTime"] = world.stamp(offset + good * DAY - MINUTE)
    return pods, {"metadata": metadata, "spec": spec, "status": status}, jobs


def _job(world: World, metadata: Object, template: Template, age: float, *, failed: bool) -> Object:
    labels = {"controller-uid": metadata["uid"], "job-name": metadata["name"]}
    spec: Object = {
        "parallelism": 1,
        "completions": 1,
        "backoffLimit": 0,
        "selector": {"matchLabels": {"controller-uid": metadata["uid"]}},
        "template": {"metadata": {"labels": labels}, "spec": {**template.spec, "restartPolicy": "Never"}},
        "completionMode": "NonIndexed",
        "suspend": False,
    }
    end = age - 45
    if failed:
        why = ("BackoffLimitExceeded", "Job has reached the specified backoff limit")
        condition = world.condition("Failed", True, *why, end)
        outcome: Object = {"failed": 1}
    else:
        condition = world.condition(
            "Complete", True, "CompletionsReached", "Reached expected number of succeeded pods", end
        )
        outcome = {"succeeded": 1, "completionTime": world.stamp(end)}
    condition["lastProbeTime"] = condition["lastTransitionTime"]
    return {
        "metadata": metadata,
        "spec": spec,
        "status": {"conditions": [condition], "startTime": world.stamp(age), **outcome},
    }
