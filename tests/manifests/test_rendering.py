"""``--render``: a genuine kubectl builds, and what is wrong only then is told at its source."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from homeperf_ray.manifests.rendering import AS_THEY_ARE
from tests.manifests.mistakes import deployment
from tests.manifests.test_tree import KS, kustomization, whole

PATCH = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {replicas: many}\n"


@pytest.fixture
def kubectl(monkeypatch: pytest.MonkeyPatch) -> None:
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    if not assets or not (Path(assets) / "kubectl").exists():
        pytest.skip("KUBEBUILDER_ASSETS names no folder with kubectl")
    monkeypatch.setenv("PATH", assets, prepend=os.pathsep)


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


FILES = {
    f"a/{KS}": kustomization(resources=["d.yaml"], patchesStrategicMerge=["p.yaml"]),
    "a/d.yaml": deployment("replicas: 1"),
    "a/p.yaml": PATCH,
}


def test_what_a_patch_breaks_is_found_in_the_build(kubectl, tmp_path):
    write(tmp_path, FILES)
    assert all(not file.faults for file in whole(tmp_path).files)
    found = whole(tmp_path, render=True)
    told = [(Path(file.path).name, fault.code, fault.line) for file in found.files for fault in file.faults]
    assert told == [("d.yaml", "HP910", 3)]
    assert found.notes == ("1 folders were judged as kubectl kustomize builds them too",)


def test_a_build_that_fails_is_a_finding(kubectl, tmp_path):
    write(tmp_path, {**FILES, "a/p.yaml": PATCH.replace("name: d", "name: other")})
    told = [(Path(file.path).name, fault.code) for file in whole(tmp_path, render=True).files for fault in file.faults]
    assert told == [(KS, "HP935")]


def test_without_a_binary_it_says_so(tmp_path, monkeypatch):
    write(tmp_path, FILES)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert whole(tmp_path, render=True).notes == (f"{AS_THEY_ARE}: neither kustomize nor kubectl is installed",)
    assert whole(tmp_path).notes == (AS_THEY_ARE,)
