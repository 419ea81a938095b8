"""Jobs and CronJobs: failed, not begun, endless, missed."""

import pytest

from homeperf_ray.checks.registry import by_name
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Override, Thresholds
from homeperf_ray.kube.resources import CRON_JOBS, JOBS, PODS
from tests.checks.judging import DAY, HOUR, MINUTE, NOW, ago, condition, found, judge, meta, table
from tests.checks.pod_objects import container, pod, terminated

GAVE_UP = condition("Failed", "True", age=2 * HOUR, reason="BackoffLimitExceeded", message="Job has reached the limit")
DONE = condition("Complete", "True", age=HOUR)


def job(name="dump", *ended, cron="", age=3 * HOUR, active=0, failed=0, started=True, **spec):
    owners = {"ownerReferences": [{"kind": "CronJob", "name": cron, "controller": True}]} if cron else {}
    status = {"active": active, "failed": failed, "conditions": list(ended)}
    status |= {"startTime": ago(age)} if started else {}
    return {"metadata": meta(name, age=age, **owners), "spec": spec, "status": status}


def cron_job(name="backup", *, last=12 * HOUR, good=None, active=0, suspend=False, age=30 * DAY, **spec):
    status = {"lastScheduleTime": ago(last)} if last else {}
    if good is not None:
        status["lastSuccessfulTime"] = ago(good)
    if active:
        status["active"] = [{"kind": "Job", "name": f"{name}-{run}"} for run in range(active)]
    filled = {"schedule": "0 3 * * *", "suspend": suspend, **spec}
    return {"metadata": meta(name, age=age), "spec": filled, "status": status}


def cron_jobs(*items, jobs=()):
    return judge("cronjobs", {CRON_JOBS: items, JOBS: jobs})


@pytest.mark.parametrize(
    "one",
    [
        job("done", DONE),
        job("runs", active=1),
        job("tries-again", failed=2),
        job("just-made", age=MINUTE),
        job("held", suspend=True, started=False),
        job("elsewhere", managedBy="kueue.x-k8s.io/multikueue"),
        job("of-a-cron-job", GAVE_UP, cron="backup"),
        job("retried", condition("Failed", "False"), DONE),
    ],
    ids=lambda one: one["metadata"]["name"],
)
def test_jobs_that_are_well_or_judged_elsewhere(one):
    judgement = judge("jobs", {JOBS: [one]})
    assert (judgement.examined, judgement.findings) == (1, ())


@pytest.mark.parametrize(
    ("one", "code", "said"),
    [
        (job("a", GAVE_UP, failed=4), "HP232", "failed 2h ago: BackoffLimitExceeded: Job has reached the limit"),
        (job("a"), "HP233", "no pod was made for it in 3h"),
        (job("a", started=False, age=DAY), "HP233", "no pod was made for it in 24h"),
        (job("a", active=1, age=3 * DAY), "HP234", "has run for 3d"),
        (job("a", cron="backup", active=1, age=3 * DAY), "HP234", "has run for 3d"),
    ],
)
def test_jobs_that_are_not(one, code, said):
    [finding] = judge("jobs", {JOBS: [one]}).findings
    assert (finding.code, finding.object, finding.message) == (code, "Job/a", said)


def test_another_limit_for_a_job():
    patient = Thresholds(overrides=(Override(object="Job/train-*", limits=(("job_duration", 9 * DAY),)),))
    items = [job("train-1", active=1, age=3 * DAY), job("x", active=1, age=3 * DAY)]
    assert found(judge("jobs", {JOBS: items}, patient)) == {"Job/x": ["HP234"]}


def test_a_failed_pod_of_a_job_that_succeeded_in_the_end_is_no_news():
    def failed(name, job_name):
        ended = container("app", terminated(3))
        one = pod(name, ended, phase="Failed", ready=False, owner="Job")
        one["metadata"]["ownerReferences"][0]["name"] = job_name
        return one

    jobs = [job("dump", DONE), job("sync", GAVE_UP)]
    pods = [failed("dump-x", "dump"), failed("sync-x", "sync"), failed("old-x", "gone")]
    assert found(judge("pods", {PODS: pods, JOBS: jobs})) == {"Pod/sync-x": ["HP205"], "Pod/old-x": ["HP205"]}
    assert len(judge("pods", {PODS: pods}).findings) == 3


def test_cron_jobs_whose_last_run_succeeded_is_running_or_never_was_are_well():
    items = (
        cron_job("good", good=11 * HOUR),
        cron_job("same-second", good=12 * HOUR),
        cron_job("running", good=36 * HOUR, active=1),
        cron_job("new", last=None, age=HOUR),
        cron_job("just-now", last=MINUTE, good=DAY),
        cron_job("off", good=36 * HOUR, suspend=True),
    )
    assert found(cron_jobs(*items)) == {}


def test_a_failed_last_run_says_when_it_last_went_well():
    judgement = cron_jobs(cron_job(good=36 * HOUR), cron_job("never"))
    assert [(finding.code, finding.message) for finding in judgement.findings] == [
        ("HP231", "the run of 12h ago failed; the last success was 36h ago"),
        ("HP231", "the run of 12h ago failed; it has never succeeded"),
    ]


def old_server(jobs):
    tables = {CRON_JOBS: table(CRON_JOBS, [cron_job()], "batch/v1beta1"), JOBS: table(JOBS, jobs)}
    return by_name("cronjobs").evaluate(Snapshot(tables, NOW), Thresholds())


def test_an_old_server_tells_no_success_but_has_the_jobs():
    assert old_server([]).findings == ()
    [finding] = old_server(
        [job("backup-2", GAVE_UP, cron="backup"), job("backup-1", DONE, cron="backup", age=DAY)]
    ).findings
    assert finding.code == "HP231"
    assert finding.message == "its Job backup-2 failed 2h ago: BackoffLimitExceeded: Job has reached the limit"
    newer = job("backup-2", DONE, cron="backup")
    assert old_server([newer, job("backup-1", GAVE_UP, cron="backup", age=DAY)]).findings == ()


def test_the_newest_job_counts_and_not_that_of_a_namesake():
    other = job("backup-9", GAVE_UP, cron="backup")
    other["metadata"]["namespace"] = "lab"
    one = cron_job(good=11 * HOUR)
    assert found(cron_jobs(one, jobs=[other])) == {}
    assert found(cron_jobs(one, jobs=[job("backup-9", GAVE_UP, cron="backup")])) == {"CronJob/backup": ["HP231"]}


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (cron_job(last=3 * DAY, good=3 * DAY), "no run has begun since 3d ago (schedule 0 3 * * *)"),
        (cron_job(last=None, age=9 * DAY), "no run has ever begun; it was made 9d ago (schedule 0 3 * * *)"),
        (
            cron_job(last=3 * DAY, active=1, concurrencyPolicy="Forbid"),
            "its run of 3d ago has not ended, and no other begins before (schedule 0 3 * * *)",
        ),
    ],
)
def test_runs_that_were_missed(one, said):
    [finding] = cron_jobs(one).findings
    assert (finding.code, finding.message) == ("HP235", said)


@pytest.mark.parametrize(
    "one",
    [
        cron_job(last=40 * HOUR, good=40 * HOUR),
        cron_job(last=3 * DAY, good=3 * DAY, schedule="0 3 * * 0"),
        cron_job(last=3 * DAY, good=3 * DAY, schedule="@every 1h"),
        cron_job(last=3 * DAY, suspend=True),
        cron_job(last=8 * MINUTE, good=8 * MINUTE, schedule="*/5 * * * *"),
    ],
    ids=["one", "weekly", "no schedule of fields", "off", "within the grace"],
)
def test_runs_that_were_not(one):
    assert found(cron_jobs(one)) == {}


def test_a_job_that_is_paused_by_its_parallelism_needs_no_pod():
    assert judge("jobs", {JOBS: [job("paused", parallelism=0)]}).findings == ()
    [finding] = judge("jobs", {JOBS: [job("idle", parallelism=1)]}).findings
    assert finding.code == "HP233"
