"""``validate --cluster`` against a genuine server's own CustomResourceDefinitions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tests.apiserver.audit import resource_of
from tests.apiserver.conftest import Genuine
from tests.cli.command import Homeperf
from tests.manifests.mistakes import CRD, lamp

pytestmark = pytest.mark.apiserver

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
    assert "the nearest that is carried" in done.err


def test_who_may_not_read_definitions_is_told(homeperf: Homeperf, genuine: Genuine, tmp_path: Path):
    (tmp_path / "lamp.yaml").write_text(lamp("room: a"))
    limited = str(genuine.server.users.limited)
    done = homeperf.run("validate", str(tmp_path), "--cluster", "--kubeconfig", limited)
    assert done.code == 3
    assert "customresourcedefinitions" in done.err
    assert json.dumps(done.out) == '""'
