"""``deploy/``: read-only rights that are those of the checks, and pods that start nothing without a token."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import yaml

from tests.cli.command import Homeperf

DEPLOY = Path(__file__).parents[2] / "deploy"
SCHEMAS = Path(os.environ.get("HOMEPERF_CRD_SCHEMAS", "crd-schemas"))


@pytest.fixture
def cluster() -> dict:
    return next(yaml.safe_load_all((DEPLOY / "raycluster.yaml").read_text()))


def test_the_rights_are_what_doctor_prints(tmp_path: Path):
    assert (DEPLOY / "rbac.yaml").read_text() == Homeperf(tmp_path).run("doctor", "--print-rbac").out


def test_the_rights_are_read_only():
    documents = list(yaml.safe_load_all((DEPLOY / "rbac.yaml").read_text()))
    verbs = {verb for one in documents for rule in one.get("rules", ()) for verb in rule["verbs"]}
    assert verbs <= {"get", "list", "watch"}
    [account] = [one["metadata"] for one in documents if one["kind"] == "ServiceAccount"]
    assert account == {"name": "homeperf", "namespace": "homeperf"}


def test_ray_has_a_token_and_every_pod_the_read_only_account(cluster: dict):
    assert cluster["apiVersion"] == "ray.io/v1"
    assert cluster["spec"]["authOptions"] == {"mode": "token"}
    groups = [cluster["spec"]["headGroupSpec"], *cluster["spec"]["workerGroupSpecs"]]
    for group in groups:
        pod = group["template"]["spec"]
        assert pod["serviceAccountName"] == "homeperf"
        assert pod["securityContext"]["runAsNonRoot"]
        [container] = pod["containers"]
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert {"name": "shared-memory", "emptyDir": {"medium": "Memory", "sizeLimit": "512Mi"}} in pod["volumes"]


def test_the_head_serves_with_a_secret_of_its_own_and_no_kubeconfig(cluster: dict):
    [container] = cluster["spec"]["headGroupSpec"]["template"]["spec"]["containers"]
    command = container["lifecycle"]["postStart"]["exec"]["command"]
    assert command[:2] == ["homeperf", "serve"]
    assert "--kubeconfig" not in command
    folder = command[command.index("--credentials") + 1]
    assert folder in [mount["mountPath"] for mount in container["volumeMounts"] if mount.get("readOnly")]


def test_one_worker_a_host(cluster: dict):
    [group] = cluster["spec"]["workerGroupSpecs"]
    affinity = group["template"]["spec"]["affinity"]["podAntiAffinity"]
    [term] = affinity["requiredDuringSchedulingIgnoredDuringExecution"]
    assert term["topologyKey"] == "kubernetes.io/hostname"
    assert term["labelSelector"]["matchLabels"] == group["template"]["metadata"]["labels"]


def test_the_ray_cluster_has_the_shape_that_kuberay_wants(cluster: dict):
    schema = SCHEMAS / "ray.io" / "raycluster_v1.json"
    if not schema.exists():
        pytest.skip("no schema of ray.io/v1 RayCluster among the CRD schemas")
    import jsonschema

    jsonschema.validate(cluster, json.loads(schema.read_text()))
