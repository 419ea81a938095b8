"""``homeperf doctor`` against the embedded homelab."""

from __future__ import annotations

import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from tests.cli.command import Homeperf
from tests.cli.test_contexts import contexts_of
from tests.homelab import received


def diagnoses(report: dict, subject: str) -> list[dict]:
    return next(one["diagnoses"] for one in report["subjects"] if one["subject"] == subject)


def test_a_machine_and_a_context_that_lack_nothing(homeperf: Homeperf, homelab):
    done = homeperf.run("doctor", "--kubeconfig", str(homelab.kubeconfig))
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[0] == "Nothing is missing."
    assert "context homelab" in done.out
    assert "Kubernetes v1." in done.out
    assert "Rules that are missing" not in done.out


def test_what_is_asked_is_what_a_check_sends(homeperf: Homeperf, homelab):
    homelab.reset()
    homeperf.run("doctor", "workloads", "--details", "0", "--kubeconfig", str(homelab.kubeconfig))
    asked = received(homelab, verb="create", resource="selfsubjectaccessreviews.authorization.k8s.io")
    homelab.reset()
    homeperf.check(homelab.kubeconfig, "workloads")
    assert asked == received(homelab, verb="list")


def test_the_rules_of_a_limited_user_can_be_applied(homeperf: Homeperf, homelab):
    done = homeperf.run("doctor", "--kubeconfig", str(homelab.kubeconfig), "--context", "limited")
    assert done.code == 1
    rules = done.out.partition("# Rules that are missing")[2].partition("\n")[2]
    role, binding = yaml.safe_load_all(rules)
    assert (role["kind"], binding["kind"]) == ("ClusterRole", "ClusterRoleBinding")
    assert binding["subjects"][0]["name"] == "limited"
    assert "homeperf check -n media" in done.out


def test_rules_that_are_found_missing_later_do_not_replace_those_of_today(homeperf: Homeperf, homelab):
    """Who applies a role of the same name takes away what it gave before."""

    def roles(*domains: str) -> list[str]:
        done = homeperf.run("doctor", *domains, "--kubeconfig", str(homelab.kubeconfig), "--context", "limited")
        rules = done.out.partition("# Rules that are missing")[2].partition("\n")[2]
        return [one["metadata"]["name"] for one in yaml.safe_load_all(rules)]

    first, again, other = roles("nodes"), roles("nodes"), roles("storage")
    assert first == again
    assert not set(first) & set(other)


def test_rules_for_a_namespace_leave_out_what_is_given_there(homeperf: Homeperf, homelab):
    arguments = ("--kubeconfig", str(homelab.kubeconfig), "--context", "limited", "-n", "media", "-o", "json")
    missing = homeperf.run("doctor", "workloads", *arguments).report["subjects"][1]["missing"]
    assert ("pods", "media") not in {(one["resource"], one["namespace"]) for one in missing if not one["subresource"]}
    assert ("deployments", "media") in {(one["resource"], one["namespace"]) for one in missing}
    assert all(one["wanted_by"] or one["resource"] in {"events", "pods"} for one in missing)


def test_several_contexts_are_told_apart_and_the_worst_decides(homeperf: Homeperf, homelab, tmp_path: Path):
    kubeconfig = contexts_of(homelab, tmp_path, gone={"server": "https://127.0.0.1:1"})
    kubeconfig.chmod(0o600)
    done = homeperf.run("doctor", "--kubeconfig", str(kubeconfig), "--all-contexts", "-o", "json")
    assert done.code == 3
    assert done.report["status"] == "error"
    assert [one["subject"] for one in done.report["subjects"]] == [
        "this machine",
        "context homelab",
        "context limited",
        "context gone",
    ]
    [failure] = [one for one in diagnoses(done.report, "context gone") if one["status"] == "error"]
    assert "127.0.0.1:1" in failure["message"]
    assert failure["hint"]


def test_the_budget_of_a_server_is_one_for_all_contexts(homeperf: Homeperf, homelab):
    homelab.reset()
    began = time.monotonic()
    strict = ("--qps", "20", "--burst", "5")
    homeperf.run("doctor", "nodes", "--kubeconfig", str(homelab.kubeconfig), "--all-contexts", *strict)
    spent = time.monotonic() - began
    sent = homelab.counts()["total"]
    assert sent > 20
    assert spent > (sent - 5) / 20 - 0.25


def test_every_request_is_a_row_of_the_timings(homeperf: Homeperf, homelab):
    homelab.reset()
    homeperf.run("doctor", "nodes", "--kubeconfig", str(homelab.kubeconfig))
    [file] = homeperf.parquet
    rows = pq.read_table(file).to_pylist()
    assert sum(row["sent"] for row in rows) == homelab.counts()["total"]
    assert {row["kind"] for row in rows} == {"discover", "review"}
    assert {row["context"] for row in rows} == {"homelab"}
    homeperf.run("doctor", "nodes", "--kubeconfig", str(homelab.kubeconfig), "--no-timings")
    assert homeperf.parquet == [file]


def test_the_least_roles_are_printed_without_any_cluster(homeperf: Homeperf):
    done = homeperf.run("doctor", "--print-rbac", "storage", "-n", "media,web", "--no-secrets")
    assert (done.code, done.err) == (0, "")
    made = list(yaml.safe_load_all(done.out))
    assert [one["kind"] for one in made[:2]] == ["Namespace", "ServiceAccount"]
    assert {one["metadata"].get("namespace") for one in made if one["kind"] == "Role"} == {"media", "web"}
    assert "secrets" not in done.out


def test_without_a_kubeconfig_the_machine_is_examined_all_the_same(homeperf: Homeperf):
    done = homeperf.run("doctor")
    assert done.code == 3
    assert "installation: homeperf" in done.out
    assert "there is no" in done.out


def test_a_configuration_that_cannot_be_read_is_the_diagnosis(homeperf: Homeperf, tmp_path: Path):
    (tmp_path / "config.yaml").write_text("qsp: 5\n")
    done = homeperf.run("doctor", "--config", str(tmp_path / "config.yaml"))
    assert done.code == 3
    assert "qps" in done.err


def test_a_suppression_that_has_ended_is_a_warning(homeperf: Homeperf, homelab, tmp_path: Path):
    file = tmp_path / "config.yaml"
    file.write_text("suppress:\n  - code: HP101\n    until: 2020-01-01\n    reason: old\n")
    arguments = ("--config", str(file), "--kubeconfig", str(homelab.kubeconfig), "-o", "json")
    done = homeperf.run("doctor", *arguments)
    assert done.code == 1
    [warning] = [one for one in diagnoses(done.report, "this machine") if one["status"] == "warning"]
    assert "HP101" in warning["message"]
    assert done.err.count("2020-01-01") <= 1


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 403}, {"kind": "garbage"}])
def test_reviews_that_are_not_answered_are_not_taken_for_missing(homeperf: Homeperf, make_homelab, fault: dict):
    sim = make_homelab()
    sim.fault(resource="selfsubjectaccessreviews.authorization.k8s.io", **fault)
    done = homeperf.run("doctor", "nodes", "--kubeconfig", str(sim.kubeconfig), "-o", "json")
    assert done.code == 1
    assert done.report["subjects"][1]["missing"] == []
    assert any("could not be asked for" in one["message"] for one in diagnoses(done.report, "context homelab"))


def test_all_contexts_of_no_kubeconfig_leave_the_machine_examined(homeperf: Homeperf):
    done = homeperf.run("doctor", "--all-contexts", "-o", "json")
    assert done.code == 3
    assert [one["subject"] for one in done.report["subjects"]] == ["this machine", "the contexts"]
    assert "there is no " in done.report["subjects"][1]["diagnoses"][0]["message"]


def test_a_variable_that_nothing_reads_is_a_warning_and_a_services_is_none(homeperf: Homeperf, homelab):
    done = homeperf.run(
        "doctor",
        *("--kubeconfig", str(homelab.kubeconfig), "-o", "json"),
        HOMEPERF_NAMESPACES="media",
        HOMEPERF_SERVICE_HOST="10.43.0.9",
        HOMEPERF_PORT_443_TCP_ADDR="10.43.0.9",
    )
    found = [one for one in diagnoses(done.report, "this machine") if one["name"] == "environment"]
    assert [one["message"] for one in found] == ["HOMEPERF_NAMESPACES is not read. Did you mean HOMEPERF_NAMESPACE?"]
    assert done.code == 1
