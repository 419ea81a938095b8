"""``homeperf validate`` as a user calls it: exit codes, formats, what is validated."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from homeperf_ray.executor.validation.spread import processors
from homeperf_ray.manifests.files import PathError, changed
from tests.manifests.mistakes import CRD, deployment, lamp, named

GOOD = named("good")
WARNED = deployment("replcas: 3")
BAD = named("Bad")
ODD = "apiVersion: odd.example/v1\nkind: Odd\nmetadata: {name: o}\n"


@pytest.fixture
def write(tmp_path: Path):
    def write(**files: str) -> Path:
        folder = tmp_path / "t"
        folder.mkdir(exist_ok=True)
        for name, text in files.items():
            (folder / f"{name}.yaml").write_text(text)
        return folder

    return write


@pytest.mark.parametrize(
    ("files", "options", "code"),
    [
        ({"a": GOOD}, (), 0),
        ({"a": WARNED}, (), 1),
        ({"a": WARNED}, ("--fail-on", "critical"), 0),
        ({"a": WARNED}, ("--fail-on", "critical", "--strict"), 1),
        ({"a": BAD}, (), 1),
        ({"a": BAD}, ("--fail-on", "never"), 0),
        ({"a": GOOD, "b": ODD}, (), 3),
        ({"a": GOOD, "b": ODD}, ("--ignore-missing-schemas",), 0),
        ({"a": BAD, "b": ODD}, ("--ignore-missing-schemas",), 1),
        ({"a": "a: b\n"}, (), 0),
    ],
)
def test_the_exit_code_says_whether_all_is_well(homeperf, write, files, options, code):
    for shape in ("table", "json", "name"):
        assert homeperf.run("validate", str(write(**files)), "-o", shape, *options).code == code


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "nothing to validate"),
        (("nowhere",), "nowhere: no such file or folder"),
        (("-", "x"), "stands alone"),
        ((".", "--kubernetes-version", "1.3"), "are carried"),
        ((".", "--set", "1x"), "write VAR=VALUE"),
        ((".", "--schemas", "/nonexistent"), "no such folder of schemas"),
    ],
)
def test_what_cannot_be_done_ends_in_a_sentence(homeperf, write, arguments, told):
    write(a=GOOD)
    done = homeperf.run("validate", *(str(write(a=GOOD)) if one == "." else one for one in arguments))
    assert (done.code, done.out) == (3, "")
    assert told in done.err


def test_a_finding_says_where_what_and_what_would_be_right(homeperf, write):
    folder = write(a=GOOD + "---\n" + WARNED)
    (line, *_) = homeperf.run("validate", str(folder)).out.splitlines()
    place = f"{folder / 'a.yaml'}:10:3"
    message = "Deployment/d spec.replcas: is not a known field here; did you mean replicas?"
    assert line == f"{place}: HP912 warning: {message}"


def test_the_summary_adds_up(homeperf, write):
    report = homeperf.run("validate", str(write(a=GOOD, b=BAD, c=ODD, d="a: [", e="x: y\n")), "-o", "json").report
    summary = report["summary"]
    assert summary["total"] == 5 == sum(summary[name] for name in ("valid", "invalid", "skipped", "errors"))
    assert (summary["valid"], summary["invalid"], summary["skipped"]) == (1, 2, 2)
    assert len(report["details"]) == len(report["issues"]) == 2
    assert {one["reason"] for one in report["skipped"]} == {
        "no schema of odd.example/v1 Odd",
        "no apiVersion and no kind",
    }


def test_an_unreadable_file_is_an_error(homeperf, write):
    folder = write(a=GOOD)
    (folder / "b.yaml").symlink_to("nowhere")
    done = homeperf.run("validate", str(folder), "-o", "json")
    assert done.code == 3
    assert done.report["summary"]["errors"] == 1
    assert "cannot be read" in done.report["issues"][0]


def test_every_format_tells_the_same(homeperf, write):
    folder = str(write(a=GOOD, b=BAD, c=WARNED, d=ODD))
    said = {
        shape: homeperf.run("validate", folder, "-o", shape).out
        for shape in ("json", "jsonl", "sarif", "junit", "name")
    }
    details = json.loads(said["json"])["details"]
    lines = [json.loads(line) for line in said["jsonl"].splitlines()]
    assert [{"type": "finding", **one} for one in details] == lines[:-1]
    assert (lines[-1]["type"], lines[-1]["total"]) == ("summary", 4)
    (run,) = json.loads(said["sarif"])["runs"]
    assert [one["ruleId"] for one in run["results"]] == [one["code"] for one in details]
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} == {one["code"] for one in details}
    for result, detail in zip(run["results"], details, strict=True):
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        region = result["locations"][0]["physicalLocation"]["region"]
        assert (region["startLine"], region["startColumn"]) == (detail["line"], detail["column"])
    suites = ET.fromstring(said["junit"]).findall("testsuite")
    assert [len(suite.findall("testcase")) for suite in suites] == [1, 1, 1, 1]
    assert [suite.get("failures") for suite in suites] == ["0", "1", "0", "0"]
    assert suites[3].find("testcase/skipped").get("message") == "no schema of odd.example/v1 Odd"
    assert said["name"].splitlines() == [f"{folder}/b.yaml", f"{folder}/c.yaml"]


def test_stdin(homeperf, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "homeperf_ray.cli.main", "validate", "-", "-o", "json"],
        env=homeperf.environment,
        cwd=tmp_path,
        input=BAD,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert json.loads(done.stdout)["details"][0]["path"] == "<stdin>"


def test_globs_and_single_files(homeperf, write):
    folder = write(a=BAD, b=BAD.replace("Bad", "Badder"), c=GOOD)
    assert homeperf.run("validate", f"{folder}/[ab].yaml", "-o", "json").report["summary"]["total"] == 2
    assert homeperf.run("validate", f"{folder}/c.yaml").code == 0


def test_schemas_of_a_folder_by_file_name_and_as_definitions(homeperf, write, tmp_path):
    schemas = tmp_path / "schemas"
    (schemas / "odd.example").mkdir(parents=True)
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": {"n": {"type": "integer"}}}}}
    (schemas / "odd.example/odd_v1.json").write_text(json.dumps(schema))
    (schemas / "crd.yaml").write_text(CRD)
    folder = write(a=ODD + "spec: {n: x}\n", b=lamp("room: A"))
    done = homeperf.run("validate", str(folder), "--schemas", str(schemas), "-o", "json")
    assert [one["code"] for one in done.report["details"]] == ["HP910", "HP914"]
    assert done.report["summary"]["unjudged"] == 0
    (schemas / "odd.example/odd_v1.json").write_text("{")
    assert homeperf.run("validate", str(folder), "--schemas", str(schemas)).code == 3


def test_variables_from_the_command_line_and_a_file(homeperf, write, tmp_path):
    folder = str(write(a=deployment("replicas: ${N}")))
    values = tmp_path / "values.env"
    values.write_text("# of the cluster\nexport N='3'\n")
    assert homeperf.run("validate", folder).code == 1
    assert homeperf.run("validate", folder, "--env-file", str(values)).code == 0
    assert homeperf.run("validate", folder, "--env-file", str(values), "--set", "N=many").code == 1


def test_a_value_is_not_repeated_in_an_error(homeperf, write, tmp_path):
    values = tmp_path / "values.env"
    values.write_text("A=1\nPASSWORD hunter2\n")
    for asked, where in ((("--env-file", str(values)), f"{values}:2: "), (("--set", "hunter2"), "--set ")):
        done = homeperf.run("validate", str(write(a=GOOD)), *asked)
        assert (done.code, "hunter2" in done.err) == (3, False)
        assert f"{where}this is no variable" in done.err


def test_unchanged_files_are_not_judged_again(homeperf, write):
    folder = str(write(a=GOOD, b=BAD))
    runs = [homeperf.run("validate", folder, "-o", "json").report for _ in range(2)]
    assert [run["files"]["kept"] for run in runs] == [0, 2]
    assert runs[0]["details"] == runs[1]["details"]
    assert homeperf.run("validate", folder, "-o", "json", "--strict").report["files"]["kept"] == 0
    assert homeperf.run("validate", folder, "-o", "json", "--no-cache").report["files"]["kept"] == 0


def git(folder: Path, *arguments: str) -> None:
    identity = {
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@b",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@b",
    }
    subprocess.run(
        ["git", "-C", str(folder), *arguments], check=True, capture_output=True, env={**os.environ, **identity}
    )


def test_what_has_changed_since_a_revision(homeperf, write):
    folder = write(a=GOOD, b=GOOD.replace("good", "better"))
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "first")
    none = homeperf.run("validate", "--changed", "HEAD", str(folder), "-o", "json")
    assert (none.code, none.report["summary"]["total"]) == (0, 0)
    (folder / "a.yaml").write_text(BAD)
    write(new=BAD.replace("Bad", "New"))
    found = homeperf.run("validate", str(folder), "--changed", "-o", "name")
    assert [Path(line).name for line in found.out.splitlines()] == ["a.yaml", "new.yaml"]
    missing = homeperf.run("validate", "--changed", "nowhere", str(folder))
    assert missing.code == 3
    assert "git:" in missing.err


def test_a_revision_is_no_option_of_git(write, tmp_path):
    folder = write(a=GOOD)
    git(folder, "init", "-q")
    with pytest.raises(PathError, match="is no revision"):
        changed(f"--output={tmp_path}/written", folder)
    assert not (tmp_path / "written").exists()


def test_all_of_a_submodule_that_has_changed(homeperf, write, tmp_path):
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "s.yaml").write_text(BAD)
    folder = write(a=GOOD)
    for checkout in (inner, folder):
        git(checkout, "init", "-q")
        git(checkout, "add", ".")
        git(checkout, "commit", "-qm", "first")
    git(folder, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner), "lib")
    git(folder, "commit", "-qm", "second")
    assert homeperf.run("validate", "--changed", "HEAD", str(folder)).code == 0
    assert homeperf.run("validate", str(folder)).code == 1
    (folder / "lib/t.yaml").write_text(BAD.replace("Bad", "New"))
    found = homeperf.run("validate", str(folder), "--changed", "-o", "name")
    assert [Path(line).name for line in found.out.splitlines()] == ["s.yaml", "t.yaml"]


def test_colour_is_obeyed(homeperf, write):
    folder = str(write(a=BAD))
    assert "\x1b[" not in homeperf.run("validate", folder).out
    assert "\x1b[" in homeperf.run("validate", folder, "--color", "always").out


def test_hostile_names_cannot_move_the_cursor(homeperf, write):
    done = homeperf.run("validate", str(write(a='apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "a\\e[31mb"}\n')))
    assert done.code == 1
    assert "\x1b" not in done.out


def test_the_documentation_names_every_option_and_code(homeperf):
    from homeperf_ray.manifests.codes import RULES

    page = (Path(__file__).parents[2] / "docs/validate.md").read_text()
    options = set(re.findall(r"--[a-z][a-z-]+", homeperf.run("validate", "--help").out))
    assert {one for one in options if one not in page} <= {
        "--help",
        "--config",
        "--profile",
        "--color",
        "--kubeconfig",
        "--output",
    }
    assert {code for code in RULES if code not in page} == set()


def test_the_hook_of_pre_commit_calls_validate():
    import yaml

    (hook,) = yaml.safe_load((Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text())
    assert hook["entry"] == "homeperf validate"
    assert hook["types_or"] == ["yaml"]


@pytest.mark.skipif(processors() < 2, reason="one processor has one process")
def test_an_interrupt_ends_the_processes_too(homeperf, write):
    texts = ("".join(f"---\n{named(f'c{number}-{n}')}" for n in range(1_500)) for number in range(9))
    folder = write(**{f"f{number}": text for number, text in enumerate(texts)})
    command = [sys.executable, "-m", "homeperf_ray.cli.main", "validate", str(folder), "--no-cache"]
    running = subprocess.Popen(
        command,
        env=homeperf.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    children = Path(f"/proc/{running.pid}/task/{running.pid}/children")
    while running.poll() is None and not (known := children.read_text().split()):
        pass
    os.killpg(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, out) == (130, "")
    assert "Traceback" not in err
    deadline = time.monotonic() + 30
    while any(Path(f"/proc/{pid}").exists() for pid in known):
        assert time.monotonic() < deadline
        time.sleep(0.05)
