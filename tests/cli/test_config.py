"""``homeperf config``: what holds, and who said so."""

import json
import re
from pathlib import Path

import pytest

from homeperf_ray.checks.thresholds import LIMITS
from homeperf_ray.config.keys import KEYS
from tests.cli.command import Homeperf

FULL = """
context: ["admin@home", "yes", "arn:aws:eks:eu:1:cluster/x", "ünï # code"]
qps: 12.5
timeout: 90
thresholds: {pod_grace: 90, ceph_full: 97.5, restarts_per_day: 2}
overrides:
  - {namespace: "media", class: "fast*", object: "Pod/*", thresholds: {pod_grace: 1h, ceph_full: 98}}
suppress:
  - {code: HP304, until: 2099-12-31, reason: "later: maybe \\u202e \\x1b[31m"}
  - {code: HP304, until: 2000-01-01}
profiles:
  ci: {output: json, suppress: [{namespace: test}]}
"""


def configured(homeperf: Homeperf, text: str) -> Path:
    file = homeperf.home / ".config/homeperf/config.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def viewed(homeperf: Homeperf, *arguments: str, **environment: str):
    done = homeperf.run("config", "view", "-o", "json", *arguments, **environment)
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_defaults_without_a_file(homeperf: Homeperf):
    shown = viewed(homeperf, "--show-origin")
    assert (shown["file"], shown["profile"]) == (None, None)
    assert shown["settings"]["qps"] == {"value": 50, "origin": "default"}
    assert list(shown["settings"]["thresholds"]) == list(LIMITS)
    assert "thresholds" not in viewed(homeperf)["settings"]


def test_everything_merged_with_its_origin(homeperf: Homeperf):
    file = configured(homeperf, FULL)
    shown = viewed(homeperf, "--show-origin", "--profile", "ci", HOMEPERF_BURST="5")
    held = shown["settings"]
    assert (shown["file"], shown["profile"]) == (str(file), "ci")
    assert held["burst"] == {"value": 5, "origin": "environment HOMEPERF_BURST"}
    assert held["output"] == {"value": "json", "origin": f"profile ci ({file}:12)"}
    assert held["timeout"] == {"value": "1m30s", "origin": f"file {file}:4"}
    assert held["thresholds"]["ceph_full"] == {"value": "97.5%", "origin": f"file {file}:5"}
    assert [each["value"] for each in held["suppress"]][-1] == {"namespace": "test"}


def test_an_ended_suppression_is_a_warning_on_stderr(homeperf: Homeperf):
    configured(homeperf, FULL)
    done = homeperf.run("config", "view")
    assert done.err.startswith("homeperf: warning: the suppression of HP304 ended on 2000-01-01; findings show again")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize("arguments", [("--all",), ("--show-origin",)])
def test_the_yaml_is_a_configuration_that_says_the_same(homeperf: Homeperf, arguments: tuple[str, ...]):
    configured(homeperf, FULL)
    before = viewed(homeperf, "--all", "--profile", "ci")["settings"]
    done = homeperf.run("config", "view", "--profile", "ci", *arguments)
    assert "\x1b" not in done.out
    assert "\u202e" not in done.out
    configured(homeperf, done.out)
    assert viewed(homeperf, "--all")["settings"] == before


def test_an_error_names_the_line_and_ends_with_three(homeperf: Homeperf):
    file = configured(homeperf, "\ncontxt: home\n")
    done = homeperf.run("config", "view")
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith(
        f"homeperf: {file}:2: 'contxt' is not a key of the configuration. Did you mean 'context'?"
    )


def test_hostile_text_is_escaped(homeperf: Homeperf):
    configured(homeperf, '"\\x1b[31mred": 1')
    done = homeperf.run("config", "view")
    assert done.code == 3
    assert "\x1b" not in done.err


def test_path(homeperf: Homeperf):
    done = homeperf.run("config", "path")
    assert done.code == 3
    assert "config init" in done.err
    file = configured(homeperf, "")
    assert (homeperf.run("config", "path").code, homeperf.run("config", "path").out) == (0, f"{file}\n")
    assert homeperf.run("config", "path", HOMEPERF_CONFIG="/x.yaml").out == "/x.yaml\n"


def test_what_init_prints_changes_nothing_and_names_every_key(homeperf: Homeperf):
    template = homeperf.run("config", "init").out
    before = viewed(homeperf)["settings"]
    configured(homeperf, template)
    assert viewed(homeperf)["settings"] == before
    uncommented = re.sub(r"^#(?! \S)", "", template, flags=re.MULTILINE)
    configured(homeperf, uncommented)
    assert viewed(homeperf)["profile"] == "home"
    flags = {"all-contexts", "all-namespaces", "fresh", "no-timings"}
    assert {name for name in KEYS if f"\n{name}: " in uncommented} == set(KEYS) - flags
