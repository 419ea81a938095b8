"""What ``homeperf validate`` takes from the configuration and the environment, what it hides and what it measures."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import pyarrow.parquet as pq
import pytest

from tests.cli.command import Homeperf
from tests.manifests.mistakes import CRD, deployment, lamp, named

WARNED = deployment("replcas: 3")
BAD = named("Bad")


@pytest.fixture
def tree(tmp_path: Path):
    def tree(**files: str) -> Path:
        folder = tmp_path / "t"
        for name, text in files.items():
            path = folder / f"{name.replace('__', '/')}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return folder

    return tree


def configured(homeperf: Homeperf, text: str) -> Path:
    file = homeperf.home / ".config/homeperf/config.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def report(homeperf: Homeperf, folder: Path, *options: str, **environment: str):
    return homeperf.run("validate", str(folder), "-o", "json", *options, **environment).report


def test_keys_hold_from_file_profile_environment_and_option(homeperf: Homeperf, tree):
    folder = tree(a=WARNED)
    configured(homeperf, "strict: true\nkubernetes-version: 1.30\nprofiles: {loose: {strict: false}}\n")
    held = report(homeperf, folder)
    assert (held["kubernetes_version"], held["details"][0]["severity"]) == ("1.30", "critical")
    assert report(homeperf, folder, "--profile", "loose")["details"][0]["severity"] == "warning"
    assert report(homeperf, folder, HOMEPERF_STRICT="no")["details"][0]["severity"] == "warning"
    assert report(homeperf, folder, HOMEPERF_KUBERNETES_VERSION="v1.31.2")["kubernetes_version"] == "1.31"
    option = report(homeperf, folder, "--kubernetes-version", "1.32", HOMEPERF_KUBERNETES_VERSION="1.31")
    assert option["kubernetes_version"] == "1.32"


def test_folders_and_files_of_the_configuration_are_relative_to_it(homeperf: Homeperf, tree):
    folder = tree(a=lamp("room: ${ROOM}"))
    file = configured(homeperf, "schemas: [schemas]\nenv-file: values.env\n")
    (file.parent / "schemas").mkdir()
    (file.parent / "schemas/crd.yaml").write_text(CRD)
    (file.parent / "values.env").write_text("ROOM=Kitchen\n")
    assert [one["code"] for one in report(homeperf, folder)["details"]] == ["HP914"]


def test_view_shows_where_each_comes_from_and_unknown_keys_are_refused(homeperf: Homeperf):
    file = configured(homeperf, "schemas: [a, b]\nexclude: vendor,*.tmpl.yaml\n")
    shown = homeperf.run("config", "view", "--show-origin", HOMEPERF_RENDER="yes").out
    assert f"schemas: [{file.parent}/a, {file.parent}/b]  # file {file}:1" in shown
    assert "render: true  # environment HOMEPERF_RENDER" in shown
    configured(homeperf, "kubernets-version: 1.33\n")
    done = homeperf.run("validate", ".")
    assert done.code == 3
    assert "Did you mean 'kubernetes-version'?" in done.err
    configured(homeperf, "kubernetes-version: newest\n")
    assert "'newest' is not a version of Kubernetes" in homeperf.run("validate", ".").err
    configured(homeperf, "")
    assert "HOMEPERF_KUBERNETES_VERSION" in homeperf.run("validate", ".", HOMEPERF_KUBERNETES_VERSION="x").err


@pytest.mark.parametrize(
    "item", ["code: HP92*", "object: ConfigMap/Bad", "path: apps/*", "path: b.yaml", "namespace: n?"]
)
def test_what_is_suppressed_is_counted_and_does_not_count(homeperf: Homeperf, tree, item: str):
    spaced = BAD.replace("name: Bad", "name: Bad\n  namespace: n1")
    folder = tree(a=named("good"), apps__b=spaced)
    assert homeperf.run("validate", str(folder)).code == 1
    configured(homeperf, f"suppress:\n- {{{item}, reason: known}}\n")
    done = homeperf.run("validate", str(folder), "-o", "json")
    summary = done.report["summary"]
    assert (done.code, summary["valid"], summary["invalid"], summary["suppressed"]) == (0, 2, 0, 1)
    assert [one["code"] for one in done.report["suppressed"]] == ["HP920"]
    assert done.report["details"] == done.report["issues"] == []
    assert "1 suppressed" in homeperf.run("validate", str(folder)).out
    lines = homeperf.run("validate", str(folder), "-o", "jsonl").out.splitlines()
    assert [json.loads(line)["type"] for line in lines] == ["suppressed", "summary"]
    (run,) = json.loads(homeperf.run("validate", str(folder), "-o", "sarif").out)["runs"]
    assert (run["results"], run["properties"]) == ([], {"suppressed": 1})
    junit = ET.fromstring(homeperf.run("validate", str(folder), "-o", "junit").out)
    assert [suite.get("failures") for suite in junit] == ["0", "0"]
    assert "suppressed: HP920" in junit[1].find("testcase/system-out").text
    assert homeperf.run("validate", str(folder), "-o", "name").out == ""


def test_a_suppression_hides_nothing_else_and_ends_with_its_day(homeperf: Homeperf, tree):
    both = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: Bad\n  labels: {'a b': c}\n"
    folder = tree(a=both, b=named("Worse"))
    configured(homeperf, "suppress: [{object: ConfigMap/Bad, code: HP920}]\n")
    found = report(homeperf, folder)
    assert [one["code"] for one in found["details"]] == ["HP921", "HP920"]
    assert (found["summary"]["invalid"], found["summary"]["suppressed"]) == (2, 1)
    configured(homeperf, "suppress: [{code: HP92*, until: 2020-01-31}]\n")
    done = homeperf.run("validate", str(folder))
    assert done.code == 1
    assert "ended on 2020-01-31" in done.err


def test_what_could_not_be_judged_cannot_be_suppressed(homeperf: Homeperf, tree):
    folder = tree(a=named("good"))
    (folder / "b.yaml").symlink_to("nowhere")
    configured(homeperf, "suppress: [{code: HP9*}]\n")
    assert homeperf.run("validate", str(folder)).code == 3


def test_what_is_excluded_is_known_and_not_reported_on(homeperf: Homeperf, tree):
    folder = tree(good=lamp("room: kitchen"), vendor__crd=CRD, vendor__bad=BAD, apps__x_tmpl="a: [")
    (folder / "apps/x_tmpl.yaml").rename(folder / "apps/x.tmpl.yaml")
    assert homeperf.run("validate", str(folder)).code == 1
    done = homeperf.run("validate", str(folder), "--exclude", "vendor", "--exclude", "*.tmpl.yaml", "-o", "json")
    assert (done.code, done.report["summary"]["total"], done.report["files"]["validated"]) == (0, 1, 1)
    assert done.report["notes"] == ["3 files were left out, as exclude says"]
    assert homeperf.run("validate", str(folder), HOMEPERF_EXCLUDE="vendor,*.tmpl.yaml").code == 0


def test_timings_have_a_row_a_phase_and_a_batch(homeperf: Homeperf, tree):
    folder = tree(a=named("good"), b=deployment("replicas: ${N}"))
    homeperf.run("validate", str(folder), "--set", "N=1", "--timings", str(homeperf.home / "t"))
    (file,) = (homeperf.home / "t").rglob("*.parquet")
    rows = pq.read_table(file).to_pylist()
    kinds = Counter(row["kind"] for row in rows)
    assert kinds == {**dict.fromkeys(("find", "load", "schemas", "judge", "substitute", "render", "references"), 1)}
    by = {row["kind"]: row for row in rows}
    assert {row["run"] for row in rows} == {rows[0]["run"]} != {""}
    assert {row["resource"] for row in rows} == {"manifests"}
    assert by["load"]["bytes"] == by["judge"]["bytes"] == sum(path.stat().st_size for path in folder.iterdir())
    assert (by["judge"]["items"], by["substitute"]["items"], by["judge"]["worker"]) == (2, 1, "local")
    assert all(row["total"] > 0 for row in rows)
    homeperf.run("validate", str(folder), "--set", "N=1")
    (file,) = homeperf.parquet
    kept = [row for row in pq.read_table(file).to_pylist() if row["cache"] == "hit"]
    assert [(row["kind"], row["items"]) for row in kept] == [("judge", 2), ("substitute", 1)]
    homeperf.run("validate", str(folder), "--no-timings")
    assert homeperf.parquet == [file]


def test_timings_that_cannot_be_written_are_one_line_and_change_nothing(homeperf: Homeperf, tree):
    folder = tree(a=named("good"))
    done = homeperf.run("validate", str(folder), "--timings", "/proc/nowhere")
    assert done.code == 0
    assert "timings were not written" in done.err


def test_an_unchanged_tree_is_validated_without_pyarrow(homeperf: Homeperf, tree):
    folder = tree(a=named("good"))
    done = homeperf.run("validate", str(folder), PYTHONPROFILEIMPORTTIME="1")
    assert "pyarrow" not in done.err
    assert "homeperf_ray.timings.plain" in done.err
