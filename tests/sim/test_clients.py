"""Stock clients: kubectl from ``$KUBEBUILDER_ASSETS``, and the ``kubernetes`` package."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from homeperf_ray.sim.process import RunningSim
from tests.homelab import start_homelab


@pytest.fixture(scope="module")
def own() -> Iterator[RunningSim]:
    """A homelab of this module's own, since it is changed."""
    with start_homelab(nodes=3, namespaces=8, pods=60, pvcs=4) as sim:
        yield sim


class Kubectl:
    def __init__(self, program: Path, kubeconfig: Path, home: Path) -> None:
        self.command = [str(program), "--kubeconfig", str(kubeconfig)]
        self.environment = {"HOME": str(home), "PATH": os.environ["PATH"]}

    def __call__(self, *arguments: str, code: int = 0) -> str:
        """What it prints; ``code`` is the exit code that it must end with."""
        done = subprocess.run(
            [*self.command, *arguments], env=self.environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*self.command, *arguments], env=self.environment, stdout=subprocess.PIPE, text=True, bufsize=1
        )


@pytest.fixture
def kubectl(own: RunningSim, tmp_path: Path) -> Kubectl:
    named = os.environ.get("KUBEBUILDER_ASSETS", "")
    program = Path(named) / "kubectl"
    if not named or not program.exists():
        pytest.skip("KUBEBUILDER_ASSETS names no folder with kubectl (setup-envtest use -p path)")
    return Kubectl(program, own.kubeconfig, tmp_path)


def test_kubectl_prints_every_pod(kubectl):
    lines = kubectl("get", "pods", "-A").splitlines()
    assert lines[0].split() == ["NAMESPACE", "NAME", "READY", "STATUS", "RESTARTS", "AGE"]
    assert len(lines) == 61
    assert len(kubectl("get", "pods", "-A", "--chunk-size=7", "--no-headers").splitlines()) == 60
    assert len(kubectl("get", "pods", "-A", "-o", "name").splitlines()) == 60


def test_kubectl_watches(kubectl, own):
    process = kubectl.start("get", "nodes", "-w", "--no-headers")
    alarm = threading.Timer(30, process.kill)
    alarm.start()
    try:
        before = [process.stdout.readline() for _ in range(3)]
        assert {line.split()[0] for line in before} == {"k8s-cp-1", "k8s-worker-1", "k8s-worker-2"}
        own.patch("nodes", "", "k8s-cp-1", {"spec": {"unschedulable": True}})
        changed = process.stdout.readline().split()
        assert changed[:2] == ["k8s-cp-1", "Ready,SchedulingDisabled"]
        own.patch("nodes", "", "k8s-cp-1", {"spec": {"unschedulable": None}})
        assert process.stdout.readline().split()[:2] == ["k8s-cp-1", "Ready"]
    finally:
        alarm.cancel()
        process.kill()
        process.wait()
        process.stdout.close()


def test_kubectl_describes_and_measures(kubectl):
    described = kubectl("describe", "node", "k8s-worker-1")
    for part in ("Conditions:", "Allocatable:", "Non-terminated Pods:", "Allocated resources:"):
        assert part in described
    assert len(kubectl("top", "nodes", "--no-headers").splitlines()) >= 2
    assert kubectl("top", "pods", "-A", "--no-headers").splitlines()


def test_kubectl_asks_what_it_may(kubectl):
    assert kubectl("auth", "can-i", "list", "pods").strip() == "yes"
    assert "no" in kubectl("--context", "limited", "auth", "can-i", "list", "nodes", code=1)
    assert "yes" in kubectl("--context", "limited", "auth", "can-i", "get", "/version")
    assert "pods" in kubectl("--context", "limited", "auth", "can-i", "--list", "-n", "media")


def test_kubectl_comes_with_a_certificate(kubectl, own):
    assert "system:masters" in kubectl("--kubeconfig", str(own.certified), "auth", "whoami")
    refused = kubectl("--kubeconfig", str(own.certified), "--context", "expired", "get", "nodes", code=1)
    assert "must be logged in" in refused


def test_kubectl_creates_changes_and_deletes(kubectl, tmp_path):
    manifest = tmp_path / "map.yaml"
    manifest.write_text("{apiVersion: v1, kind: ConfigMap, metadata: {name: made, namespace: media}, data: {a: '1'}}")
    assert kubectl("create", "--validate=false", "-f", str(manifest)) == "configmap/made created\n"
    assert "already exists" in kubectl("create", "--validate=false", "-f", str(manifest), code=1)
    assert "patched" in kubectl("-n", "media", "patch", "cm", "made", "-p", '{"data": {"b": "2"}}')
    assert "labeled" in kubectl("-n", "media", "label", "cm", "made", "ring=a")
    shown = kubectl("-n", "media", "get", "cm", "-l", "ring=a", "-o", "jsonpath={.items[*].data}")
    assert shown == '{"a":"1","b":"2"}'
    assert "deleted" in kubectl("-n", "media", "delete", "cm", "made")
    assert "NotFound" in kubectl("-n", "media", "get", "cm", "made", code=1)


def test_kubectl_creates_without_a_file(kubectl):
    media = ("-n", "media")
    assert "created" in kubectl(*media, "create", "configmap", "plain", "--from-literal=a=1", "--from-literal=b=2")
    assert kubectl(*media, "get", "cm", "plain", "-o", "jsonpath={.data}") == '{"a":"1","b":"2"}'
    assert "created" in kubectl(*media, "create", "secret", "generic", "hidden", "--from-literal=a=1")
    assert kubectl(*media, "get", "secret", "hidden", "-o", "jsonpath={.data.a} {.type}") == "MQ== Opaque"
    assert "created" in kubectl(*media, "create", "deployment", "made", "--image=nginx", "--replicas=2", "--port=80")
    assert kubectl(*media, "get", "deployment", "made", "--no-headers").split()[:4] == ["made", "0/2", "0", "0"]
    template = "jsonpath={.spec.template.spec.containers[0].image} {.spec.selector.matchLabels.app}"
    assert kubectl(*media, "get", "deployment", "made", "-o", template) == "nginx made"
    assert "created" in kubectl("create", "namespace", "made")
    assert "created" in kubectl("create", "serviceaccount", "robot", "-n", "made")
    assert "Active" in kubectl("get", "namespace", "made")


def test_kubectl_explains_and_applies(kubectl, tmp_path):
    assert "Pod is a collection of containers" in kubectl("explain", "pods")
    assert "FIELD: image <string>" in kubectl("explain", "pods.spec.containers.image")
    assert "holderIdentity" in kubectl("explain", "leases.spec")
    assert "Kustomization" in kubectl("explain", "kustomizations")
    manifest = tmp_path / "map.yaml"
    text = "{apiVersion: v1, kind: ConfigMap, metadata: {name: applied, namespace: media}, data: {a: '1'}}"
    manifest.write_text(text)
    assert kubectl("apply", "-f", str(manifest)) == "configmap/applied created\n"
    assert kubectl("apply", "-f", str(manifest)) == "configmap/applied unchanged\n"
    manifest.write_text(text.replace("'1'", "'2'"))
    differing = [line for line in kubectl("diff", "-f", str(manifest), code=1).splitlines() if line[0] in "+-"]
    assert [line for line in differing if not line.startswith(("+++", "---"))] == ['-  a: "1"', '+  a: "2"']
    assert kubectl("apply", "-f", str(manifest)) == "configmap/applied configured\n"
    assert kubectl("get", "-n", "media", "cm", "applied", "-o", "jsonpath={.data.a}") == "2"
    assert "deleted" in kubectl("delete", "-f", str(manifest))


def test_kubectl_scales(kubectl):
    assert "created" in kubectl("-n", "media", "create", "deployment", "scaled", "--image=nginx")
    assert kubectl("-n", "media", "scale", "deployment", "scaled", "--replicas=3") == "deployment.apps/scaled scaled\n"
    assert kubectl("-n", "media", "get", "deployment", "scaled", "--no-headers").split()[1] == "0/3"
    assert "error" in kubectl(
        "-n", "media", "scale", "deployment", "scaled", "--replicas=1", "--current-replicas=9", code=1
    )
    described = kubectl("-n", "media", "describe", "deployment", "scaled")
    assert "RollingUpdate" in described
    kubectl("-n", "media", "delete", "deployment", "scaled")


def test_kubectl_acts_as_somebody_else(kubectl):
    assert kubectl("auth", "can-i", "list", "pods", "-n", "media", "--as", "limited").strip() == "yes"
    assert "no" in kubectl("auth", "can-i", "list", "nodes", "--as", "limited", code=1)
    assert 'cannot list resource "nodes"' in kubectl("get", "nodes", "--as", "bob", code=1)
    assert "k8s-cp-1" in kubectl("get", "nodes", "--as", "bob", "--as-group", "system:masters")
    assert "cannot impersonate" in kubectl("--context", "limited", "get", "pods", "--as", "admin", code=1)


def test_kubectl_shows_what_a_cluster_keeps_of_itself(kubectl):
    assert "system:masters" in kubectl("get", "clusterrolebindings", "cluster-admin", "-o", "wide")
    assert "pods" in kubectl("describe", "role", "limited", "-n", "media")
    assert "kube-scheduler" in kubectl("get", "leases", "-n", "kube-system")
    assert "Local" in kubectl("get", "apiservices")
    assert "2000001000" in kubectl("get", "priorityclasses")
    assert len(kubectl("get", "csinodes", "--no-headers").splitlines()) == 3
    assert kubectl("get", "events", "-A").split()[:3] == ["NAMESPACE", "LAST", "SEEN"]


def test_kubectl_runs_a_pod_and_cordons_a_node(kubectl):
    assert kubectl("-n", "media", "run", "fresh", "--image=nginx") == "pod/fresh created\n"
    assert kubectl("-n", "media", "get", "pod", "fresh", "--no-headers").split()[1:4] == ["0/1", "Pending", "0"]
    assert "deleted" in kubectl("-n", "media", "delete", "pod", "fresh")
    kubectl("cordon", "k8s-worker-1")
    assert "SchedulingDisabled" in kubectl("get", "node", "k8s-worker-1")
    kubectl("uncordon", "k8s-worker-1")
    assert "SchedulingDisabled" not in kubectl("get", "node", "k8s-worker-1")


def test_the_kubernetes_package_lists_and_watches(own):
    from kubernetes import client, config, watch

    api = client.CoreV1Api(config.new_client_from_config(str(own.kubeconfig)))
    pods = api.list_pod_for_all_namespaces(limit=25)
    found = len(pods.items)
    while pods.metadata._continue:
        pods = api.list_pod_for_all_namespaces(limit=25, _continue=pods.metadata._continue)
        found += len(pods.items)
    assert found == 60
    listed = api.list_namespaced_config_map("media")
    body = client.V1ConfigMap(metadata=client.V1ObjectMeta(name="watched"), data={"a": "1"})
    seen: list[tuple[str, str, dict[str, str] | None]] = []

    def change() -> None:
        api.create_namespaced_config_map("media", body)
        api.patch_namespaced_config_map("watched", "media", {"data": {"a": "2"}})
        api.delete_namespaced_config_map("watched", "media")

    changes = threading.Timer(0.3, change)
    changes.start()
    stream = watch.Watch()
    for event in stream.stream(
        api.list_namespaced_config_map,
        "media",
        resource_version=listed.metadata.resource_version,
        timeout_seconds=20,
    ):
        seen.append((event["type"], event["object"].metadata.name, event["object"].data))
        if event["type"] == "DELETED":
            stream.stop()
    changes.join()
    assert seen == [
        ("ADDED", "watched", {"a": "1"}),
        ("MODIFIED", "watched", {"a": "2"}),
        ("DELETED", "watched", {"a": "2"}),
    ]


def test_the_kubernetes_package_is_told_of_a_conflict(own):
    from kubernetes import client, config

    api = client.CoreV1Api(config.new_client_from_config(str(own.kubeconfig)))
    made = api.create_namespaced_config_map("media", client.V1ConfigMap(metadata=client.V1ObjectMeta(name="raced")))
    api.patch_namespaced_config_map("raced", "media", {"data": {"a": "1"}})
    with pytest.raises(client.ApiException) as raised:
        api.replace_namespaced_config_map("raced", "media", made)
    assert raised.value.status == 409
    api.delete_namespaced_config_map("raced", "media")
