"""``homeperf get`` prints what kubectl prints."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.apiserver.conftest import Genuine
from tests.cli.command import Homeperf

pytestmark = pytest.mark.apiserver

AGES = re.compile(r"\b\d+[smhd](?:\d+[smh])?\b")


@pytest.fixture
def kubectl(assets: Path, genuine: Genuine):
    program = assets / "kubectl"
    if not os.access(program, os.X_OK):
        pytest.skip(f"there is no kubectl in {assets}")

    def call(*arguments: str) -> str:
        command = [str(program), "--kubeconfig", str(genuine.server.users.admin), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout

    return call


@pytest.fixture
def get(homeperf: Homeperf, genuine: Genuine):
    def call(*arguments: str) -> str:
        done = homeperf.run("get", "--kubeconfig", str(genuine.server.users.admin), *arguments)
        assert (done.code, done.err) == (0, "")
        return done.out

    return call


@pytest.mark.parametrize(
    "arguments",
    [
        ("pods", "-n", "media"),
        ("pvc", "-A"),
        ("pv",),
        ("ing", "-n", "media"),
        ("deploy,svc", "-n", "media"),
        ("crd",),
        ("cronjobs,jobs", "-A"),
        ("kustomizations", "-A"),
        ("storageclasses", "-o", "wide"),
        ("svc", "kubernetes", "-n", "default"),
        ("ns", "-o", "name"),
        ("pods", "-n", "media", "-o", "name"),
    ],
    ids=" ".join,
)
def test_the_columns_are_kubectls(get, kubectl, arguments):
    """Blank space apart, and ages by a second."""

    def words(text: str) -> list[list[str]]:
        return [[word for word in line.split() if not word.endswith(("s", "m"))] for line in text.splitlines()]

    assert words(get(*arguments)) == words(kubectl("get", *arguments))


@pytest.mark.parametrize("arguments", [("pods", "-n", "media"), ("kustomizations", "-A"), ("svc/kubernetes",)])
def test_the_objects_are_those_that_kubectl_prints(get, kubectl, arguments):
    """kubectl leaves some of the metadata out, or makes it up; what the server sent is here whole."""

    def objects(text: str) -> list[dict]:
        document = json.loads(text)
        found = document.get("items", [document])
        for one in found:
            for name in ("managedFields", "selfLink"):
                one["metadata"].pop(name, None)
        return found

    ours = get(*arguments, "-o", "json")
    assert objects(ours) == objects(kubectl("get", *arguments, "-o", "json"))
    assert "managedFields" in ours


@pytest.mark.parametrize(
    "word", ["po", "Pod", "deployments.apps", "deploy", "cronjob", "kustomizations.kustomize.toolkit.fluxcd.io"]
)
def test_names_of_every_kind_find_the_same(get, kubectl, word):
    assert get(word, "-A", "-o", "name") == kubectl("get", word, "-A", "-o", "name")


@pytest.mark.ray
@pytest.mark.parametrize(
    "arguments",
    [
        ("pods,pvc,ing,deploy", "-n", "media,web"),
        ("pods", "-A", "-o", "json"),
        ("kustomizations,ns", "-A", "-o", "yaml"),
        ("svc/kubernetes", "svc/nobody", "-n", "default", "-o", "jsonl"),
        ("crd", "-o", "name"),
    ],
    ids=" ".join,
)
def test_a_runtime_prints_the_same_with_the_same_requests(warm: Homeperf, genuine: Genuine, arguments):
    def told(runner: str):
        genuine.server.audit.forget()
        done = warm.run("get", "--kubeconfig", str(genuine.server.users.admin), "--runner", runner, *arguments)
        paths = sorted(event["requestURI"] for event in genuine.server.audit.requests())
        return done.code, AGES.sub("AGE", done.out), done.err, [path for path in paths if "/namespaces/" in path]

    told("local")
    assert told("ray") == told("local")


@pytest.mark.ray
def test_the_pages_of_one_list_come_whole_through_a_runtime(warm: Homeperf, crowded: Genuine):
    arguments = ("get", "pods", "-A", "-o", "jsonl", "--kubeconfig", str(crowded.server.users.admin))
    crowded.server.audit.forget()
    far = warm.run(*arguments, "--runner", "ray")
    assert len(crowded.server.audit.requests()) == 3
    assert len(far.out.splitlines()) == 1_200
    assert far.out == warm.run(*arguments, "--runner", "local").out
