"""``validate --cluster`` against a genuine server's own CustomResourceDefinitions."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from homeperf_ray.manifests.bundled import versions
from tests.apiserver.audit import resource_of
from tests.apiserver.conftest import Genuine
from tests.cli.command import Homeperf
from tests.manifests.mistakes import CRD, deployment, lamp, named

pytestmark = pytest.mark.apiserver

OLD = """\
apiVersion: batch/v1beta1
kind: CronJob
metadata: {name: old}
spec:
  schedule: "0 * * * *"
  jobTemplate:
    spec:
      template:
        spec: {restartPolicy: Never, bogus: 1, containers: [{name: c, image: "nginx:1.27"}]}
"""

PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def test_custom_resources_are_judged_by_the_cluster_and_read_once(homeperf: Homeperf, genuine: Genuine, tmp_path: Path):
    definition = yaml.safe_load(CRD)
    definition["spec"]["versions"].pop()
    genuine.server.post(PATH, definition)
    manifest = tmp_path / "lamp.yaml"
    manifest.write_text(lamp("room: A"))
    admin = str(genuine.server.users.admin)
    without = homeperf.run("validate", str(manifest), "-o", "json")
    assert (without.code, without.report["summary"]["unjudged"]) == (3, 1)
    seen = []
    for _ in range(2):
        genuine.server.audit.forget()
        done = homeperf.run("validate", str(manifest), "--cluster", "--kubeconfig", admin, "-o", "json")
        assert (done.code, [one["code"] for one in done.report["details"]]) == (1, ["HP914"])
        events = [event for event in genuine.server.audit.requests() if "customresource" in resource_of(event)]
        assert {event["verb"] for event in events} == {"list"}
        seen.append(len(events))
    assert seen[0] > 1 == seen[1]
    rows = [row for file in homeperf.parquet for row in pq.read_table(file).to_pylist() if row["sent"]]
    listed = [row["first_byte"] for row in rows if row["resource"].startswith("customresourcedefinitions")]
    assert len(listed) == sum(seen)
    assert all(listed)


def test_a_version_that_is_not_carried_is_judged_by_what_the_server_publishes(
    homeperf: Homeperf, genuine: Genuine, tmp_path: Path
):
    if f"1.{genuine.server.minor}" in versions():
        pytest.skip(f"schemas of 1.{genuine.server.minor} are carried")
    (tmp_path / "a.yaml").write_text(f"{OLD}---\n{deployment('replicas: x')}---\n{named('c', 'Cronjob')}")
    admin = ("--cluster", "--kubeconfig", str(genuine.server.users.admin), "-o", "json")
    seen = []
    for _ in range(2):
        genuine.server.audit.forget()
        done = homeperf.run("validate", str(tmp_path), *admin, "--no-cache")
        asked = [event["requestURI"] for event in genuine.server.audit.requests()]
        seen.append([uri for uri in asked if "openapi" in uri])
    assert set(seen[0]) == {"/openapi/v2"}
    assert seen[1] == []
    assert (done.code, done.err, done.report["kubernetes_version"]) == (1, "", f"1.{genuine.server.minor}")
    told = [(one["code"], one["line"]) for one in done.report["details"]]
    assert told == [("HP912", 9), ("HP910", 15), ("HP905", 22)]
    assert "did you mean batch/v1beta1 CronJob" in done.report["details"][-1]["message"]


def test_who_may_not_read_definitions_is_told(homeperf: Homeperf, genuine: Genuine, tmp_path: Path):
    (tmp_path / "lamp.yaml").write_text(lamp("room: a"))
    limited = str(genuine.server.users.limited)
    done = homeperf.run("validate", str(tmp_path), "--cluster", "--kubeconfig", limited)
    assert done.code == 3
    assert "customresourcedefinitions" in done.err
    assert json.dumps(done.out) == '""'
