"""``homeperf get`` prints what kubectl prints."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.apiserver.conftest import Genuine
from tests.cli.command import Homeperf

pytestmark = pytest.mark.apiserver


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
