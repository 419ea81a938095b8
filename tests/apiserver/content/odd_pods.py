"""Pods that are sick, one of every kind, and pods that only look so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from tests.apiserver.content.made import HOURS, OLD, YOUNG, Made, condition
from tests.apiserver.content.pods import HOLD, container, ended, pod, status, waiting

CRASH = waiting("CrashLoopBackOff", "back-off 5m0s restarting failed container") | ended("Error", 1, last=True)
KILLED = ended("OOMKilled", 137, last=True)
UNSCHEDULABLE = condition("PodScheduled", "False", "Unschedulable", "0/11 nodes are available: insufficient memory")
CREATING = container(**waiting("ContainerCreating"))


def odd_pods(namespaces: list[str]) -> Iterator[Made]:
    """Sick and seemingly sick ones in turn, over these namespaces."""
    for number, found in enumerate((*_sick(), *_well())):
        name, kinds, made = found
        yield pod(name, namespaces[number % len(namespaces)], **kinds, **made)


def _sick() -> Iterator[tuple[str, dict, dict]]:
    def one(name, state, *codes, shown, **more):
        return name, {"status": state}, {"codes": codes, "shown": shown, **more}

    def waits(phase, reason, message="", restarts=0, **more):
        return status(phase, container(restarts=restarts, **waiting(reason, message)), ready=False, **more)

    yield one("crashing", status("Running", container(restarts=9, **CRASH), ready=False), "HP201",
              shown="CrashLoopBackOff")  # fmt: skip
    yield one("no-image", waits("Pending", "ImagePullBackOff", "Back-off pulling image"), "HP202",
              shown="ImagePullBackOff")  # fmt: skip
    yield one("no-image-yet", waits("Pending", "ErrImagePull", "not found"), "HP202", shown="ErrImagePull")
    yield one("no-config", waits("Pending", "CreateContainerConfigError", 'secret "db" not found'), "HP203",
              shown="CreateContainerConfigError")  # fmt: skip
    yield one("bad-name", waits("Pending", "InvalidImageName"), "HP203", shown="InvalidImageName")
    yield one("no-room", status("Pending", ready=False, scheduled=UNSCHEDULABLE), "HP204", shown="Pending", node="")
    yield one("failed-job", status("Failed", container(ready=False, **ended("Error", 3)), ready=False), "HP205",
              shown="Error", owner="Job")  # fmt: skip
    yield one("evicted", status("Failed", ready=False, reason="Evicted", message="low on ephemeral-storage"), "HP206",
              shown="Evicted")  # fmt: skip
    yield one("hungry", status("Running", container(restarts=1, **KILLED)), "HP207", shown="Running")
    yield one("hungry-neighbour",
              status("Running", container(restarts=1, **KILLED), container("other", restarts=9, **CRASH), ready=False),
              "HP201", "HP207", shown="CrashLoopBackOff")  # fmt: skip
    yield one("unready", status("Running", container(ready=False), ready=False), "HP208", shown="Running")
    yield one("init-crashes",
              waits("Pending", "PodInitializing", initContainerStatuses=[container("migrate", 4, **CRASH)]),
              "HP209", shown="Init:CrashLoopBackOff")  # fmt: skip
    yield one("node-lost", status("Running", container(), ready=False, reason="NodeLost"), "HP210", shown="NodeLost")
    yield one("unknown", status("Unknown", container()), "HP210", shown="Unknown")
    yield one("does-not-go", status("Running", container()), "HP211", shown="Terminating",
              ending=HOURS, finalizers=(HOLD,))  # fmt: skip
    yield one("does-not-start", status("Pending", CREATING, ready=False), "HP212", shown="ContainerCreating")
    for name, restarts, age in (("first-day", 4, HOURS), ("first-week", 21, dt.timedelta(days=3)), ("old", 60, OLD)):
        yield one(f"restarts-{name}", status("Running", container(restarts=restarts)), "HP213",
                  shown="Running", age=age)  # fmt: skip
    yield one("failed-alone", status("Failed", container(ready=False, **ended("Error", 3)), ready=False), "HP214",
              shown="Error", owner="")  # fmt: skip


def _well() -> Iterator[tuple[str, dict, dict]]:
    yield "new-unready", {"status": status("Running", container(ready=False), ready=False, since=YOUNG)}, {"age": YOUNG}
    yield "new-starting", {"status": status("Pending", CREATING, ready=False)}, {"age": YOUNG}
    yield "new-unscheduled", {
        "status": status("Pending", ready=False, scheduled=UNSCHEDULABLE), "node": "",
    }, {"age": YOUNG}  # fmt: skip
    yield "going", {"status": status("Running", container()), "finalizers": (HOLD,)}, {
        "ending": YOUNG, "shown": "Terminating",
    }  # fmt: skip
    yield "blinked", {"status": status("Running", container(ready=False), ready=False, since=YOUNG)}, {}
    yield "restarted-rarely", {"status": status("Running", container(restarts=19))}, {}
    yield "restarted-today", {"status": status("Running", container(restarts=3))}, {"age": HOURS}
    long_ago = ended("OOMKilled", 137, last=True, when=dt.timedelta(days=3))
    yield "was-hungry", {"status": status("Running", container(restarts=1, **long_ago))}, {}
    tried_again = status("Failed", container(ready=False, **ended("Error", 3)), ready=False)
    yield "retried", {"status": tried_again, "owner": "Job"}, {}
    initialised = [container("migrate", ready=True, **ended("Completed", 0))]
    yield "initialised", {"status": status("Running", container(), initContainerStatuses=initialised)}, {}
