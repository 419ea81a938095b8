"""Pods: every way to be sick, what is no sickness, and restart rates."""

import pytest

from homeperf_ray.checks.pods import CREATE_REASONS, IMAGE_REASONS
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.kube.resources import JOBS, PODS
from tests.checks.judging import DAY, HOUR, MINUTE, ago, condition, found, judge, meta
from tests.checks.pod_objects import container, pod, terminated, waiting


def codes(*pods, thresholds=None):
    judgement = judge("pods", {PODS: list(pods)}, thresholds)
    assert judgement.examined == len(pods)
    return [finding.code for finding in judgement.findings]


def message(item):
    [finding] = judge("pods", {PODS: [item]}).findings
    return finding.message


def test_healthy_pods_of_every_kind_are_well():
    done = container(state=terminated(0, "Completed"), ready=False)
    assert (
        codes(
            pod(),
            pod("static", owner="Node"),
            pod("job", done, phase="Succeeded", owner="Job"),
            pod("failed-once", container(restartCount=2, lastState=terminated(1, age=20 * DAY))),
            pod("with-init", inits=(container("init", terminated(0, "Completed"), ready=True),)),
        )
        == []
    )


@pytest.mark.parametrize("reason", sorted(IMAGE_REASONS))
def test_an_image_that_cannot_be_pulled(reason):
    sick = pod("sick", container(state=waiting(reason, "401 Unauthorized")), phase="Pending", age=MINUTE)
    assert codes(sick, pod()) == ["HP202"]
    assert "401 Unauthorized" in message(sick)
    assert reason in message(sick)


@pytest.mark.parametrize("reason", sorted(CREATE_REASONS))
def test_a_container_that_cannot_be_made(reason):
    assert codes(pod("sick", container(state=waiting(reason)), phase="Pending", age=MINUTE), pod()) == ["HP203"]


def test_a_crash_loop_says_how_it_last_ended_and_how_often():
    sick = pod("sick", container("db", waiting("CrashLoopBackOff"), restartCount=42, lastState=terminated(137)))
    assert codes(sick) == ["HP201"]
    assert message(sick) == "container db crashes, 42 restarts; it last ended with Error (exit code 137)"


def test_a_crash_loop_out_of_memory_is_one_finding_that_says_so():
    sick = pod("sick", container(state=waiting("CrashLoopBackOff"), lastState=terminated(137, "OOMKilled")))
    assert codes(sick) == ["HP201"]
    assert "OOMKilled" in message(sick)


def test_an_out_of_memory_kill_beside_a_crash_loop_is_told_too():
    loop = container("web", waiting("CrashLoopBackOff"), lastState=terminated(1))
    killed = container("cache", lastState=terminated(137, "OOMKilled"))
    assert codes(pod("sick", loop, killed)) == ["HP201", "HP207"]


@pytest.mark.parametrize(("age", "expected"), [(HOUR, ["HP207"]), (2 * DAY, [])])
def test_an_out_of_memory_kill_is_news_for_a_day(age, expected):
    assert codes(pod("sick", container(restartCount=1, lastState=terminated(137, "OOMKilled", age)))) == expected


def test_the_kill_is_found_whichever_container_has_more_restarts():
    noisy = container("noisy", restartCount=3, lastState=terminated(1, age=DAY))
    killed = container("quiet", restartCount=1, lastState=terminated(137, "OOMKilled", HOUR))
    judgement = judge("pods", {PODS: [pod("sick", noisy, killed)]})
    assert [finding.code for finding in judgement.findings] == ["HP207"]
    assert "container quiet ran out of memory 60m ago" in judgement.findings[0].message


def unschedulable(message="0/3 nodes are available: 3 Insufficient memory."):
    return condition("PodScheduled", "False", reason="Unschedulable", message=message)


def test_no_node_takes_a_pod():
    sick = pod("sick", age=HOUR, phase="Pending", node="", ready=False, scheduled=unschedulable())
    sick["status"]["containerStatuses"] = None
    assert codes(sick) == ["HP204"]
    assert "3 Insufficient memory" in message(sick)


def test_a_fresh_pod_may_wait_for_a_node_and_for_its_containers():
    creating = container(state=waiting("ContainerCreating"))
    assert (
        codes(
            pod("a", age=MINUTE, phase="Pending", node="", ready=False, scheduled=unschedulable()),
            pod("b", creating, age=4 * MINUTE, phase="Pending"),
            pod("c", container(ready=False), age=4 * MINUTE, ready_age=4 * MINUTE),
            pod("d", container(state=waiting("PodInitializing")), phase="Pending", age=MINUTE,
                inits=(container("wait-for-db", ready=False, lastState=terminated(1)),)),
        )
        == []
    )  # fmt: skip


def test_a_pod_that_does_not_start_says_on_which_node_and_why():
    sick = pod("sick", container(state=waiting("ContainerCreating")), age=6 * MINUTE, phase="Pending", ready=False)
    assert codes(sick) == ["HP212"]
    assert message(sick) == "has not started on worker-1 for 6m: ContainerCreating"


def test_a_gated_pod_is_held_back_on_purpose_and_noted():
    gated = condition("PodScheduled", "False", reason="SchedulingGated", message="Scheduling is blocked due to gates")
    held = pod("held", age=HOUR, phase="Pending", node="", ready=False, scheduled=gated)
    judgement = judge("pods", {PODS: [held]})
    assert (judgement.findings, judgement.notes) == ((), ("pods that a scheduling gate holds back: 1",))


def test_a_pod_of_a_job_answers_nobody_and_need_not_be_ready():
    finished = container("dump", terminated(0, "Completed"), ready=False)
    assert codes(pod("j", finished, container("upload"), owner="Job", age=HOUR)) == []
    assert codes(pod("j", container("upload", waiting("ErrImagePull")), owner="Job", age=HOUR)) == ["HP202"]


def test_a_failed_run_of_a_cron_job_is_history_once_a_later_one_is_complete():
    def run(name, age, kind):
        ended = [condition(kind, "True", age=age)]
        owners = [{"kind": "CronJob", "name": "backup", "controller": True}]
        return {"metadata": meta(name, age=age, ownerReferences=owners), "spec": {}, "status": {"conditions": ended}}

    def left_over(*jobs):
        failed = pod("run-1-x", container(state=terminated(1), ready=False), phase="Failed", owner="Job")
        failed["metadata"]["ownerReferences"][0]["name"] = "run-1"
        return [finding.code for finding in judge("pods", {PODS: [failed], JOBS: jobs}).findings]

    first = run("run-1", 2 * DAY, "Failed")
    assert left_over(first) == left_over(first, run("run-0", 3 * DAY, "Complete")) == ["HP205"]
    assert left_over(first, run("run-2", DAY, "Failed")) == ["HP205"]
    assert left_over(first, run("run-2", DAY, "Complete")) == []


def test_the_last_words_are_asked_of_the_container_that_crashes():
    """``--previous --all-containers`` ends at the first container that was never restarted."""
    sick = pod("sick", container("vpn"), container("app", waiting("CrashLoopBackOff")))
    [finding] = judge("pods", {PODS: [sick]}).findings
    assert finding.hint == "kubectl -n media logs sick -c app --previous"


def test_a_failed_pod_was_never_restarted_and_has_no_previous_log():
    failed = pod("sick", container(state=terminated(1), ready=False), phase="Failed")
    [finding] = judge("pods", {PODS: [failed]}).findings
    assert finding.hint == "kubectl -n media logs sick --all-containers --ignore-errors"


def test_a_pending_pod_without_any_status_is_found():
    bare = pod("sick", age=HOUR)
    bare["status"] = {"phase": "Pending"}
    assert codes(bare) == ["HP212"]


def test_a_running_pod_that_is_not_ready_names_the_container():
    sick = pod("sick", container("good"), container("slow", ready=False), ready_age=10 * MINUTE)
    assert codes(sick) == ["HP208"]
    assert message(sick) == "not ready for 10m: ContainersNotReady: container slow"


def test_a_pod_that_has_just_become_unready_is_left_alone():
    assert codes(pod("blip", container(ready=False), ready_age=MINUTE)) == []


def test_the_grace_is_a_threshold():
    sick = pod("blip", container(ready=False), ready_age=MINUTE)
    assert codes(sick, thresholds=Thresholds(pod_grace=30.0)) == ["HP208"]


def test_an_init_container_in_a_crash_loop():
    init = container("migrate", waiting("CrashLoopBackOff"), restartCount=9, lastState=terminated(1))
    sick = pod("sick", container(state=waiting("PodInitializing")), phase="Pending", inits=(init,), age=MINUTE)
    assert codes(sick) == ["HP209"]
    assert "init container migrate" in message(sick)


def test_an_init_container_between_two_failures():
    init = container("migrate", terminated(1), restartCount=2)
    sick = pod("sick", container(state=waiting("PodInitializing")), phase="Pending", inits=(init,), age=HOUR)
    assert codes(sick) == ["HP209"]


def test_an_init_container_without_image_is_named_as_such():
    init = container("migrate", waiting("ImagePullBackOff"))
    sick = pod("sick", container(state=waiting("PodInitializing")), phase="Pending", inits=(init,))
    assert codes(sick) == ["HP202"]
    assert message(sick).startswith("init container migrate has no image")


def test_a_sidecar_is_a_container_and_no_init_container():
    sidecar = container("vpn", waiting("CrashLoopBackOff"), restartCount=5, lastState=terminated(1))
    sick = pod("sick", container(), inits=(sidecar,), sidecars=("vpn",))
    assert codes(sick) == ["HP201"]
    assert "container vpn crashes, 5 restarts" in message(sick)


@pytest.mark.parametrize(
    ("owner", "reason", "expected"),
    [
        ("Job", "", "HP205"),
        ("ReplicaSet", "NodeShutdown", "HP205"),
        ("", "", "HP214"),
        ("ReplicaSet", "Evicted", "HP206"),
        ("", "Evicted", "HP206"),
    ],
)
def test_failed_pods_are_worse_when_nothing_replaces_them(owner, reason, expected):
    sick = pod("sick", container(state=terminated(3)), phase="Failed", owner=owner,
               status={"reason": reason, "message": "The node was low on resource: memory."})  # fmt: skip
    assert codes(sick) == [expected]
    assert "low on resource" in message(sick)


def test_a_pod_of_a_lost_node():
    assert codes(pod("a", phase="Unknown"), pod("b", status={"reason": "NodeLost"})) == ["HP210", "HP210"]


@pytest.mark.parametrize(("deleted", "expected"), [(10.0, []), (HOUR, ["HP211"])])
def test_a_deleted_pod_may_take_its_time_but_not_for_ever(deleted, expected):
    crashing = container(state=waiting("CrashLoopBackOff"))
    assert codes(pod("sick", crashing, deleted=deleted)) == expected


def test_a_pod_that_will_be_deleted_later_is_well():
    assert codes(pod("later", deleted=-30.0)) == []


@pytest.mark.parametrize(
    ("age", "restarts", "sick"),
    [
        (2 * HOUR, 3, False),
        (2 * HOUR, 4, True),
        (23 * HOUR, 4, True),
        (3 * DAY, 15, False),
        (3 * DAY, 16, True),
        (7 * DAY, 30, False),
        (8 * DAY, 8, False),
        (8 * DAY, 9, True),
        (100 * DAY, 100, False),
        (100 * DAY, 101, True),
    ],
)
def test_restarts_are_judged_by_age(age, restarts, sick):
    assert codes(pod("p", container(restartCount=restarts), age=age)) == (["HP213"] if sick else [])


def test_restarts_of_containers_and_sidecars_add_up_and_those_of_init_containers_do_not():
    sidecar = container("vpn", restartCount=2)
    init = container("migrate", terminated(0, "Completed"), restartCount=50, ready=True)
    restarted = pod("p", container("a", restartCount=1), container("b", restartCount=1), age=HOUR,
                    inits=(sidecar, init), sidecars=("vpn",))  # fmt: skip
    assert message(restarted) == "4 restarts in 60m (3 are allowed on the first day)"


def test_a_completed_pod_may_have_restarted():
    assert codes(pod("j", container(restartCount=9, ready=False), phase="Succeeded", owner="Job", age=HOUR)) == []


def test_an_unready_pod_that_restarts_too_often_has_both_findings_under_one_object():
    sick = pod("sick", container(ready=False, restartCount=9), age=HOUR)
    assert found(judge("pods", {PODS: [sick]})) == {"Pod/sick": ["HP208", "HP213"]}


def test_hostile_names_stay_data_and_cannot_leave_the_hint():
    evil = pod("x; rm -rf {namespace} $(id)\x1b[31m", container(state=waiting("CrashLoopBackOff", "<b>{name}%s\n\x00")))
    [finding] = judge("pods", {PODS: [evil]}).findings
    assert finding.object == "Pod/x; rm -rf {namespace} $(id)\x1b[31m"
    assert finding.hint.startswith("kubectl -n media logs 'x; rm -rf {namespace} $(id)\x1b[31m' ")


def test_a_long_message_is_cut():
    sick = pod("sick", container(state=waiting("ErrImagePull", "x" * 100_000)))
    assert len(message(sick)) < 500


def test_statuses_that_are_null_or_absent():
    bare = {"metadata": {"name": "bare", "namespace": "media"}}
    null = {"metadata": {"name": "null", "namespace": "media", "creationTimestamp": ago(HOUR)}, "spec": None}
    assert codes(bare, null | {"status": None}, {**bare, "status": {"phase": None, "conditions": None}}) == ["HP212"]
