"""Whatever the cluster says, each format can be read back by its own parser, and nothing reaches a terminal raw."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from xml.etree import ElementTree as ET

import click
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from homeperf_ray.kube.errors import Unreachable
from homeperf_ray.render.document import document
from homeperf_ray.render.formats import FOR_PEOPLE, FORMATS, failure, render
from tests.render.surveys import BROKEN, CHANGED, EVIL, HEALTHY, HOSTILE, SEVERAL, SURVEYS, finding, of, report

SAMPLE = re.compile(r'(\w+)(?:\{((?:\w+="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (-?[0-9.e+]+)')
LABEL = re.compile(r'(\w+)="((?:[^"\\\n]|\\[\\"n])*)"')

PATIENT = settings(deadline=None)
TEXT = st.text(max_size=40) | st.just(HOSTILE)
FINDINGS = st.builds(
    finding,
    st.sampled_from(["HP201", "HP312", "HP999"]),
    st.sampled_from(["critical", "error", "warning"]),
    st.builds("Pod/{}".format, TEXT),
    TEXT,
    namespace=TEXT,
    hint=TEXT,
    part=TEXT,
    detail=st.lists(TEXT, max_size=2).map(tuple),
)


def text(survey, output: str, width: int = 100) -> str:
    return "".join(f"{line}\n" for line in render(survey, output, width=width))


def samples(shown: str) -> list[tuple[str, dict[str, str], float]]:
    """A strict reading of the text exposition format."""
    found, typed = [], set()
    for line in shown.splitlines():
        if line.startswith("# TYPE "):
            typed.add(line.split(" ")[2])
        elif not line.startswith("# HELP "):
            match = SAMPLE.fullmatch(line)
            assert match, line
            assert match[1] in typed
            found.append((match[1], dict(LABEL.findall(match[2] or "")), float(match[3])))
    return found


@pytest.mark.parametrize("output", FORMATS)
@PATIENT
@given(findings=st.lists(FINDINGS, max_size=4))
def test_no_control_character_of_the_cluster_reaches_the_output(output: str, findings):
    plain = click.unstyle(text(of(report(*findings)), output))
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]", plain)


@PATIENT
@given(findings=st.lists(FINDINGS, max_size=4))
def test_json_yaml_and_jsonl_say_the_same_and_lose_nothing(findings):
    survey = of(report(*findings))
    first = json.loads(text(survey, "json"))
    assert first == json.loads(json.dumps(document(survey)))
    assert yaml.safe_load(text(survey, "yaml")) == first
    *rows, last = map(json.loads, text(survey, "jsonl").splitlines())
    assert [{k: v for k, v in row.items() if k != "type"} for row in rows] == first["details"]
    assert (last["type"], last["status"]) == ("summary", first["status"])


@PATIENT
@given(findings=st.lists(FINDINGS, max_size=4))
def test_junit_is_xml_whose_counts_are_those_of_its_test_cases(findings):
    root = ET.fromstring(text(of(report(*findings, suppressed=(finding(),))), "junit"))
    for suite in root.iter("testsuite"):
        cases = suite.findall("testcase")
        assert int(suite.get("tests")) == len(cases)
        for kind, name in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(kind)) == sum(case.find(name) is not None for case in cases)
    failed = sum(1 for _ in root.iter("failure")) + sum(1 for _ in root.iter("error"))
    assert failed == len(findings)


@PATIENT
@given(findings=st.lists(FINDINGS, max_size=4))
def test_prometheus_is_read_by_a_strict_parser_and_counts_every_finding(findings):
    found = samples(text(of(report(*findings)), "prometheus"))
    assert sum(value for name, _, value in found if name == "homeperf_findings") == len(findings)
    series = [(name, tuple(sorted(labels.items()))) for name, labels, _ in found]
    assert len(series) == len(set(series)), "no series comes twice"


@PATIENT
@given(findings=st.lists(FINDINGS, max_size=4))
def test_a_line_of_names_is_words_for_a_shell(findings):
    for line in text(of(report(*findings)), "name").splitlines():
        words = shlex.split(line)
        assert len(words) in (1, 3)
        assert words[-1].startswith("pod/")


@PATIENT
@given(findings=st.lists(FINDINGS, max_size=3), width=st.integers(1, 200))
def test_a_table_is_never_wider_than_the_terminal(findings, width: int):
    from homeperf_ray.render.width import cells

    lines = click.unstyle(text(of(report(*findings)), "table", width)).splitlines()
    body = [line for line in lines[1:-1] if not line.startswith("homelab")]
    assert all(cells(line) <= max(width, 40) for line in body)


def test_a_healthy_cluster_is_one_line():
    assert len(text(HEALTHY, "table").splitlines()) == 1
    assert "healthy: 10 of 10 healthy" in click.unstyle(text(HEALTHY, "table"))


def test_the_worst_comes_first_with_what_to_do_and_why():
    shown = click.unstyle(text(BROKEN, "table"))
    assert shown.index("CRITICAL") < shown.index("NOT JUDGED") < shown.index("WARNING")
    assert "> Is it powered on? ping worker-3" in shown
    assert "| log: exit 1" in shown
    assert "(Deployment/jellyfin: none of 1 replica is available)" in shown
    assert "HP221" not in shown, "a workload is told with the pod that keeps it down"
    assert "and 3 more: -o wide" in shown
    assert shown.count("kubectl -n media describe pod a") == 3, "once a group"


def test_wide_leaves_nothing_out():
    shown = click.unstyle(text(BROKEN, "wide"))
    for one in (*BROKEN.reports[0].findings, *BROKEN.reports[0].suppressed):
        assert any(one.code in line and one.object in line for line in shown.splitlines())
    assert "suppressed warning" in shown
    assert "note: Ceph is not installed" in shown


def test_what_is_new_and_what_is_fixed_is_marked():
    shown = click.unstyle(text(CHANGED, "table"))
    assert "1 new, 1 fixed, 2 unchanged" in shown
    assert "new Node/worker-3" in shown
    assert shown.index("FIXED since") > shown.index("CRITICAL")
    assert "NOT KNOWN" in shown
    changes = json.loads(text(CHANGED, "json"))["changes"]
    assert (len(changes["new"]), len(changes["fixed"]), len(changes["unknown"])) == (1, 1, 1)


def test_several_contexts_are_one_object_with_the_sum():
    found = json.loads(text(SEVERAL, "json"))
    assert list(found)[:5] == ["status", "timestamp", "summary", "issues", "details"]
    assert found["status"] == "critical"
    assert found["summary"]["total"] == sum(one["summary"]["total"] for one in found["contexts"])
    assert {one["context"] for one in found["details"]} == {"north", "west"}
    assert found["contexts"][2]["error"]["kind"] == "unreachable"
    assert [labels["context"] for name, labels, value in samples(text(SEVERAL, "prometheus")) if name == "homeperf_up"
            and value == 0] == ["west"]  # fmt: skip
    assert text(SEVERAL, "name").startswith("--context=north node/worker-3")


def test_json_has_the_documented_keys():
    found = json.loads(text(BROKEN, "json"))
    assert list(found)[:5] == ["status", "timestamp", "summary", "issues", "details"]
    assert found["timestamp"] == "2026-05-28T20:26:40Z"
    assert found["issues"][0] == "Node/worker-3: no word from its kubelet for 42m"
    assert set(found["summary"]) == {"total", "healthy", "warnings", "critical", "errors"}
    ledger = {"requested", "sent", "deduplicated", "cache_hits", "bytes", "retries", "throttled", "wait_seconds"}
    assert ledger <= set(found["ledger"])
    documented = {"code", "severity", "domain", "namespace", "object", "message", "hint"}
    assert set(found["details"][0]) == documented | {"part", "detail", "context"}


@pytest.mark.parametrize("output", FORMATS)
def test_a_run_that_could_not_begin_can_be_read_too(output: str):
    shown = "\n".join(failure(Unreachable(f"no {HOSTILE}", "hint"), output))
    readers = {
        "json": json.loads, "yaml": yaml.safe_load, "jsonl": json.loads, "junit": ET.fromstring, "prometheus": samples,
    }  # fmt: skip
    if output in readers:
        assert readers[output](shown)
    else:
        assert shown == ""


@pytest.mark.parametrize("output", sorted(set(FORMATS) - FOR_PEOPLE))
def test_what_machines_read_has_no_colour(output: str):
    for survey in SURVEYS.values():
        assert "\x1b" not in text(survey, output)


def test_everything_hostile_is_still_there_for_who_parses_it():
    assert json.loads(text(EVIL, "json"))["details"][0]["message"] == HOSTILE


@pytest.mark.parametrize("output", ["table", "json"])
def test_a_format_imports_no_other(output: str):
    code = (
        "import sys; from homeperf_ray.render.formats import render; from tests.render.surveys import BROKEN;"
        f"list(render(BROKEN, {output!r})); print([name for name in sys.modules if name in ('yaml', 'xml', 'rich')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_each_thing_that_is_wrong_with_one_object_has_its_own_hint():
    one = finding("HP312", "warning", "CephCluster/c", "OSD_DOWN", hint="look at the tree", part="OSD_DOWN")
    other = finding("HP312", "warning", "CephCluster/c", "SLOW_OPS", hint="look at the disks", part="SLOW_OPS")
    elsewhere = finding("HP312", "warning", "CephCluster/d", "OSD_DOWN", hint="look elsewhere", part="OSD_DOWN")
    shown = click.unstyle(text(of(report(one, other, elsewhere)), "table"))
    assert "> look at the tree\n" in shown
    assert "> look at the disks\n" in shown
    assert "look elsewhere" not in shown


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
def test_a_healthy_cluster_is_one_line_that_fits(width):
    shown = click.unstyle(text(of(report(notes=("Flux is not installed",))), "table", width=width))
    assert len(shown.splitlines()) == 1
    assert len(shown.rstrip("\n")) <= max(width, len("homelab (v1.34.1): healthy: 10 of 10 healthy"))
    assert ("1 note" in shown) == (width > 80)


def test_what_a_thin_client_shows_needs_neither_checks_nor_columns():
    code = (
        "import sys; import homeperf_ray.cli.check, homeperf_ray.actors.client; "
        "from homeperf_ray.render import headline, json, name, table, wide; "
        "print([name for name in ('pyarrow', 'ray', 'aiohttp', 'homeperf_ray.checks.registry') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
