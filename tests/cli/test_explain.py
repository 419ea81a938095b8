"""``homeperf explain``."""

import json

import pytest

from homeperf_ray.checks.registry import CODES
from tests.cli.terminal import Terminal


def test_a_code_may_be_written_as_one_has_it_in_mind(homeperf):
    told = [homeperf.run("explain", code).out for code in ("HP101", "hp101", "101")]
    assert told[0].startswith("HP101  a node is not ready\ncritical, nodes, from the check nodes\n")
    assert told[0] == told[1] == told[2]
    assert homeperf.run("explain", "1").out.startswith("HP001  ")


def test_it_says_what_to_do_and_what_popeye_says(homeperf):
    told = homeperf.run("explain", "HP204").out
    parts = ["Likely causes:", "To do:", "Thresholds:", "Next:", "popeye: POP-207"]
    assert sorted(parts, key=told.index) == parts
    assert "- `pod_grace` is 5m (the default): how long" in told
    assert "{" not in told
    assert max(map(len, told.splitlines())) <= 100


def test_thresholds_are_those_of_the_configuration(homeperf, tmp_path):
    file = tmp_path / "config.yaml"
    file.write_text(
        "thresholds: {pod_grace: 10m}\n"
        "overrides:\n"
        "  - {namespace: 'media-`*', object: Pod/slow-*, thresholds: {pod_grace: 1h}}\n"
        "  - {namespace: elsewhere, thresholds: {cron_grace: 1h}}\n"
        "profiles:\n  strict: {thresholds: {pod_grace: 1m}}\n"
    )
    told = " ".join(homeperf.run("explain", "HP204", "--config", str(file)).out.split())
    assert f"`pod_grace` is 10m (file {file}:1; the default is 5m)" in told
    assert f"`pod_grace` is 1h for namespace `media-*`, object `Pod/slow-*` (file {file}:3)" in told
    assert "cron_grace" not in told
    strict = homeperf.run("explain", "HP204", "--config", str(file), "--profile", "strict", "-o", "json")
    (held,) = json.loads(strict.out)["codes"][0]["thresholds"]
    assert (held["value"], held["default"]) == ("1m", "5m")
    assert held["origin"].startswith("profile strict")
    assert held["overrides"] == [
        {"value": "1h", "of": {"namespace": "media-`*", "object": "Pod/slow-*"}, "origin": f"file {file}:3"}
    ]


def test_several_codes_each_once_in_the_order_asked(homeperf):
    found = json.loads(homeperf.run("explain", "hp301", "101", "HP301", "-o", "json").out)
    assert [code["code"] for code in found["codes"]] == ["HP301", "HP101"]
    page = homeperf.run("explain", "301", "101", "-o", "markdown").out
    assert [line for line in page.splitlines() if line.startswith("## ")] == [
        "## HP301: a claim gets no volume",
        "## HP101: a node is not ready",
    ]


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_an_answer_in_every_format(code):
    from click.testing import CliRunner

    from homeperf_ray.cli.explain import command

    for shape in ("text", "json", "markdown"):
        done = CliRunner().invoke(command, [code, "-o", shape, "--config", "/dev/null"], prog_name="homeperf explain")
        assert done.exit_code == 0, done.output
        assert CODES[code].title in done.output
        assert CODES[code].severity in done.output


def test_without_a_code_all_are_listed_by_domain(homeperf):
    listed = homeperf.run("explain").out
    assert [line for line in listed.splitlines() if line and not line.startswith(" ")] == [
        "Cluster",
        "Nodes",
        "Workloads",
        "Storage",
        "Network",
        "Flux",
        "Manifests",
    ]
    assert all(f"  {code.id}  {code.title}\n" in listed for code in CODES.values())
    found = json.loads(homeperf.run("explain", "-o", "json").out)["codes"]
    assert {code["code"]: (code["title"], code["severity"]) for code in found} == {
        code.id: (code.title, code.severity) for code in CODES.values()
    }
    page = homeperf.run("explain", "-o", "markdown").out
    assert "\n- `HP102` (critical): a node's kubelet has stopped reporting\n" in page


@pytest.mark.parametrize(
    ("code", "offered"), [("HP118", "'HP11"), ("99", "'HP0"), ("pod", "lists them all"), ("9" * 5000, "lists")]
)
def test_an_unknown_code_is_bad_usage(homeperf, code, offered):
    done = homeperf.run("explain", code)
    assert done.code == 3
    assert done.out == ""
    assert "no code is called" in done.err
    assert offered in done.err


def test_a_hostile_code_is_shown_escaped(homeperf):
    done = homeperf.run("explain", "\x1b[31mHP101")
    assert done.code == 3
    assert "\x1b" not in done.err


def test_colour_where_it_is_wanted(homeperf):
    assert "\x1b[36mpod_grace\x1b[0m" in homeperf.run("explain", "204", "--color", "always").out
    assert "\x1b" not in homeperf.run("explain", "204").out
    assert "\x1b" not in homeperf.run("explain", "204", "--color", "always", "-o", "json").out


def test_on_a_terminal_it_has_its_width_and_colours(homeperf):
    from sys import executable

    terminal = Terminal(
        [executable, "-m", "homeperf_ray.cli.main", "explain", "HP101"], homeperf.environment, columns=50, lines=70
    )
    assert terminal.end() == 0
    assert b"\x1b[31m\x1b[1mHP101" in terminal.received
    assert "\n- the pod network has not started there:\n  cni plugin not initialized;\n" in terminal.text
