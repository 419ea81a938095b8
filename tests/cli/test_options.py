"""Every option, wherever it was said: on the command line, in the environment, in a profile, in the file."""

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from homeperf_ray.cli.color import color
from homeperf_ray.cli.options import (
    address_options,
    budget_options,
    cache_options,
    clusters_options,
    config_options,
    domain_argument,
    idle_option,
    judging_options,
    kubelet_options,
    output_options,
    request_option,
    runner_option,
    settings,
    stack,
    timings_options,
    validation_options,
)
from homeperf_ray.config.keys import KEYS

ALL = stack(
    domain_argument, config_options, clusters_options, runner_option, address_options, budget_options, request_option,
    cache_options, judging_options, kubelet_options, output_options, timings_options, idle_option,
    validation_options,
)  # fmt: skip

SAMPLES = {
    "kubeconfig": ("/k", "/k"),
    "context": ("a@b:c/d,e", ("a@b:c/d", "e")),
    "namespace": ("a,b", ("a", "b")),
    "domains": ("flux,nodes", ("flux", "nodes")),
    "runner": ("serial", "serial"),
    "address": ("lab.example:7443", "lab.example:7443"),
    "gateway-token-file": ("/token", "/token"),
    "gateway-ca": ("/ca", "/ca"),
    "gateway-fingerprint": ("SHA256:" + "AB:" * 31 + "AB", "ab" * 32),
    "concurrency": ("3", 3),
    "qps": ("2.5", 2.5),
    "burst": ("7", 7),
    "timeout": ("1m30s", 90.0),
    "request-timeout": ("500ms", 0.5),
    "max-age": ("0", 0.0),
    "details": ("0", 0),
    "output": ("json", "json"),
    "color": ("never", "never"),
    "fail-on": ("critical", "critical"),
    "timings": ("/t", "/t"),
    "timings-keep": ("1", 1),
    "idle-stop": ("1h30m", 5400.0),
    "kubelet-access": ("proxy", "proxy"),
    "kubernetes-version": ("v1.33.2+k3s1", "1.33"),
    "schemas": ("/a,/b", ("/a", "/b")),
    "exclude": ("vendor,*.x.yaml", ("vendor", "*.x.yaml")),
    "env-file": ("/e", "/e"),
} | dict.fromkeys(
    (
        *("all-contexts", "all-namespaces", "exec", "fresh", "kubelet", "no-secrets", "no-timings", "probe"),
        "kubelet-insecure-tls",
        *("cluster", "strict", "render", "ignore-missing-schemas"),
    ),
    ("true", True),
)


def plain(value):
    """A parameter as a setting: what is repeated in one piece, paths as texts."""
    if isinstance(value, tuple):
        return tuple(name for part in value for name in ((part,) if isinstance(part, str) else part))
    return str(value) if isinstance(value, Path) else value


@click.command("trial")
@ALL
@click.pass_context
def trial(ctx: click.Context, **parameters):
    held = settings(ctx)
    assert settings(ctx) is held
    said = {name: (held[name], held.options[name].origin, plain(parameters[KEYS[name].parameter])) for name in KEYS}
    click.echo(json.dumps(said))


@pytest.fixture
def call(tmp_path: Path):
    def call(*arguments: str, text: str = "", **environment: str):
        file = tmp_path / "config.yaml"
        file.write_text(text)
        ambient = {"HOMEPERF_CONFIG": str(file), "HOME": str(tmp_path), **environment}
        return CliRunner().invoke(trial, arguments, env=ambient, catch_exceptions=False)

    return call


def said(done, name: str):
    assert done.exit_code == 0, done.output
    value, origin, parameter = json.loads(done.stdout)[name]
    assert parameter == value, "click and the settings must not disagree"
    return (tuple(value) if isinstance(value, list) else value), origin


def test_every_key_is_an_option_with_a_variable():
    declared = {parameter.name: parameter for parameter in trial.params}
    assert set(SAMPLES) == set(KEYS)
    for key in KEYS.values():
        assert declared[key.parameter].envvar == key.variable
    assert all(option.help for option in declared.values() if isinstance(option, click.Option))


@pytest.mark.parametrize("name", KEYS)
def test_an_option_holds_from_each_place(call, tmp_path: Path, name: str):
    text, value = SAMPLES[name]
    place = f"({tmp_path / 'config.yaml'}:1)"
    assert said(call(**{KEYS[name].variable: text}), name) == (value, f"environment {KEYS[name].variable}")
    assert said(call(text=f"{name}: {text}"), name) == (value, f"file {place[1:-1]}")
    profile = call("--profile", "p", text=f"profiles: {{p: {{{name}: '{text}'}}}}")
    assert said(profile, name) == (value, f"profile p {place}")
    flag = [] if value is True else [text]
    given = text.split(",") if name == "domains" else [f"--{name}", *flag]
    assert said(call(*given), name) == (value, f"option --{name}")


def test_an_option_beats_the_environment_and_that_the_profile(call):
    text = "profile: p\nprofiles: {p: {qps: 1}}\nqps: 9"
    assert said(call(text=text), "qps")[0] == 1.0
    assert said(call(text=text, HOMEPERF_QPS="2"), "qps")[0] == 2.0
    assert said(call("--qps", "3", text=text, HOMEPERF_QPS="2"), "qps")[0] == 3.0


def test_a_variable_takes_back_a_flag_of_the_file(call):
    assert said(call(text="no-secrets: true", HOMEPERF_NO_SECRETS="0"), "no-secrets")[0] is False


def test_names_may_be_repeated(call):
    assert said(call("-n", "a,b", "-n", "c", text="namespace: d"), "namespace")[0] == ("a", "b", "c")
    assert said(call("--context", "x", "--context", "y/z"), "context")[0] == ("x", "y/z")


@pytest.mark.parametrize(
    ("arguments", "environment", "fault"),
    [
        (("-n", "a", "-A"), {}, "option --namespace and option --all-namespaces exclude each other"),
        (("--context", "a", "--all-contexts"), {}, "exclude each other"),
        (("--profile", "nowhere"), {}, "no profile 'nowhere'"),
        (("--config", "/nonexistent"), {}, "no configuration file /nonexistent"),
        ((), {"HOMEPERF_PROFILE": "nowhere"}, "no profile 'nowhere'"),
        ((), {"HOMEPERF_DETAILS": "51"}, "51"),
        (("--context", "a,,b"), {}, "'' cannot be the name of a context"),
        (("--request-timeout", "0s"), {}, "no time at all"),
        (("storge",), {}, "Did you mean 'storage'"),
    ],
)
def test_what_cannot_hold_ends_in_a_sentence(call, arguments, environment, fault):
    done = call(*arguments, **environment)
    assert done.exit_code not in (0, 1, 2) or "Error: " in done.stderr
    assert fault in done.stderr
    assert done.stdout == ""


def test_help_does_not_need_a_configuration_that_can_be_used(call):
    done = call("--help", text="nonsense: [")
    assert done.exit_code == 0
    assert "--fail-on [critical|warning|never]" in done.stdout


@pytest.mark.parametrize(
    ("choice", "environ", "decided"),
    [
        ("auto", {}, None),
        ("auto", {"NO_COLOR": ""}, None),
        ("auto", {"NO_COLOR": "1"}, False),
        ("auto", {"TERM": "dumb"}, False),
        ("always", {"NO_COLOR": "1"}, True),
        ("never", {}, False),
    ],
)
def test_colour(choice, environ, decided):
    assert color(choice, environ) is decided
