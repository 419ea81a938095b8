"""What is lost without a permission is said in a sentence, and no more loudly than it deserves."""

from __future__ import annotations

from homeperf_ray.checks.registry import CHECKS
from homeperf_ray.doctor.permissions import EVENTS, Permissions, missing
from homeperf_ray.kube.errors import Unreachable
from homeperf_ray.kube.resources import NODES, PODS, SECRETS
from homeperf_ray.kube.review import Permission, Reviewed
from homeperf_ray.timings.operation import Operation

OPERATION = Operation(kind="review", started=0.0)


def reviewed(*permissions: Permission, allowed: bool = False) -> tuple[Reviewed, ...]:
    return tuple(Reviewed(permission=one, allowed=allowed, operation=OPERATION) for one in permissions)


def diagnosed(wide: tuple[Reviewed, ...], home: tuple[Reviewed, ...] = ()) -> list[tuple[str, str]]:
    found = Permissions(wide, home, missing(wide, CHECKS)).diagnoses()
    return [(one.status, one.message) for one in found]


def test_one_sentence_where_nothing_is_missing():
    [(status, message)] = diagnosed(reviewed(Permission("list", PODS), Permission("list", NODES), allowed=True))
    assert (status, message) == ("ok", "all 2 that the checks use are given")


def test_what_a_check_cannot_do_without_is_a_warning_that_names_the_check():
    [(status, message)] = diagnosed(reviewed(Permission("list", NODES)))
    assert status == "warning"
    assert "list nodes" in message
    assert "CPU and memory of nodes" in message


def test_what_is_passed_over_in_silence_is_a_note():
    [(status, message)] = diagnosed(reviewed(Permission("list", SECRETS)))
    assert status == "note"
    assert "TLS Secrets" in message


def test_events_and_logs_are_a_note_of_their_own():
    [(status, message)] = diagnosed(reviewed(Permission("list", EVENTS), Permission("get", PODS, subresource="log")))
    assert status == "note"
    assert "list events; get pods/log" in message


def test_what_may_be_read_at_home_is_offered():
    home = reviewed(Permission("list", PODS, "media"), allowed=True)
    *_, (status, message) = diagnosed(reviewed(Permission("list", PODS)), home)
    assert status == "note"
    assert "in namespace media" in message


def test_a_question_without_an_answer_is_no_missing_permission():
    unsaid = Reviewed(permission=Permission("list", PODS), error=Unreachable("gone", "look"), operation=OPERATION)
    [(status, message)] = diagnosed((unsaid,))
    assert status == "warning"
    assert "1 of 1 permissions could not be asked for: gone" in message
    assert missing((unsaid,), CHECKS) == ()


def test_a_list_in_a_namespace_is_named_with_it():
    [(_, message)] = diagnosed(reviewed(Permission("list", PODS, "media")))
    assert "list pods in namespace media" in message
