"""Hints: commands that a shell takes as they are, whatever an object is called."""

import subprocess

import pytest

from homeperf_ray.checks.finding import Code
from homeperf_ray.checks.registry import CODES
from homeperf_ray.checks.verdict import Verdict

HOSTILE = ("{name}", "{part}", "$(touch /tmp/x)", "a'b", "x; reboot", "\n", "--all", "`id`", "ordinary")


def hint(code: Code, namespace: str, name: str, part: str = "") -> str:
    verdict = Verdict("check", "workloads", 1)
    verdict.found(code, "Pod", {"namespace": namespace, "name": name}, "m", part=part)
    return verdict.judgement().findings[0].hint


def words(command: str) -> list[str]:
    """The words that a shell passes on, each ended by a zero byte."""
    said = subprocess.run(["bash", "-c", f"printf '%s\\0' {command}"], capture_output=True, check=True, text=True)
    return said.stdout.split("\0")[:-1]


@pytest.mark.parametrize("namespace", HOSTILE)
@pytest.mark.parametrize("name", ["$(id)", "{part}", "a'b", "ordinary"])
def test_names_reach_the_command_as_they_are(namespace: str, name: str):
    code = Code("HP000", "t", "warning", "kubectl -n {namespace} logs {name} -c {part}")
    assert words(hint(code, namespace, name, "{namespace}")) == [
        "kubectl", "-n", namespace, "logs", name, "-c", "{namespace}",
    ]  # fmt: skip


def test_an_option_without_a_value_is_left_out():
    code = Code("HP000", "t", "warning", "kubectl -n {namespace} logs {name} -c {part} --previous")
    assert hint(code, "", "x") == "kubectl logs x --previous"


LIVE = [code for code in CODES.values() if not code.id.startswith("HP9")]
"""Those of manifests tell what to write, not what to run."""


@pytest.mark.parametrize("code", LIVE, ids=lambda code: code.id)
def test_a_shell_can_read_every_hint(code: Code):
    for name in ("ordinary", "a'b"):
        told = hint(code, "media", name, "app")
        read = subprocess.run(["bash", "-n", "-c", told], capture_output=True, text=True, check=False)
        assert not read.stderr, told
