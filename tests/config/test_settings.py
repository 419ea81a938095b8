"""Option before environment before profile before file before default, each with who said so."""

import pytest

from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.config.error import ConfigurationError
from homeperf_ray.config.keys import KEYS
from tests.config.loading import settings

LADDER = "profile: fast\nqps: 1\nburst: 1\nconcurrency: 1\nprofiles:\n  fast: {qps: 2, burst: 2}\n  slow: {qps: 3}\n"


def test_the_nearest_word_holds(tmp_path):
    found = settings(
        tmp_path, LADDER, environ={"HOMEPERF_BURST": "4", "HOMEPERF_TIMEOUT": "1m"}, given={"timeout": 5.0}
    )
    file = tmp_path / "config.yaml"
    assert found.options["timeout"] == (5.0, "option --timeout")
    assert found.options["burst"] == (4, "environment HOMEPERF_BURST")
    assert found.options["qps"] == (2.0, f"profile fast ({file}:6)")
    assert found.options["concurrency"] == (1, f"file {file}:4")
    assert found.options["max-age"] == (30.0, "default")
    assert (found.file, found.profile) == (file, "fast")


def test_a_named_profile_wins_over_the_default_one(tmp_path):
    found = settings(tmp_path, LADDER, profile="slow")
    assert (found["qps"], found["burst"]) == (3.0, 1)


def test_an_unknown_profile_offers_the_nearest(tmp_path):
    with pytest.raises(ConfigurationError, match=r"no profile 'fats'. Did you mean 'fast'") as caught:
        settings(tmp_path, LADDER, profile="fats")
    assert caught.value.hint == "There are fast, slow."
    with pytest.raises(ConfigurationError, match=r"config.yaml:1: there is no profile 'fast'"):
        settings(tmp_path, "profile: fast")


def test_a_profile_without_a_file(tmp_path):
    from homeperf_ray.config.load import load

    with pytest.raises(ConfigurationError, match="no profile 'home'"):
        load(None, "home", {"HOME": str(tmp_path)})


@pytest.mark.parametrize(
    ("text", "environ", "given", "expected"),
    [
        ("namespace: a", {}, {"all-namespaces": True}, ((), True)),
        ("all-namespaces: true", {}, {"namespace": ("a",)}, (("a",), False)),
        ("namespace: a\nprofile: p\nprofiles: {p: {all-namespaces: true}}", {}, {}, ((), True)),
        ("namespace: a", {"HOMEPERF_ALL_NAMESPACES": "1"}, {}, ((), True)),
        ("namespace: a", {"HOMEPERF_ALL_NAMESPACES": "0"}, {}, (("a",), False)),
        ("namespace: a", {"HOMEPERF_NAMESPACE": ""}, {}, (("a",), False)),
    ],
)
def test_a_value_and_its_flag_displace_each_other(tmp_path, text, environ, given, expected):
    found = settings(tmp_path, text, environ=environ, given=given)
    assert (found["namespace"], found["all-namespaces"]) == expected


@pytest.mark.parametrize(
    ("environ", "given", "contexts"),
    [
        ({}, {}, ("home",)),
        ({}, {"kubeconfig": "/other"}, ()),
        ({"HOMEPERF_KUBECONFIG": "/other"}, {}, ()),
        ({"HOMEPERF_CONTEXT": "work"}, {"kubeconfig": "/other"}, ("work",)),
        ({}, {"kubeconfig": "/other", "context": ("work",)}, ("work",)),
    ],
)
def test_a_context_of_the_file_belongs_to_its_kubeconfig(tmp_path, environ, given, contexts):
    found = settings(tmp_path, "kubeconfig: /mine\ncontext: home", environ=environ, given=given)
    assert found["context"] == contexts


def test_an_option_overcomes_a_flag_of_the_file(tmp_path):
    found = settings(tmp_path, "fresh: true\nno-timings: true", given={"max-age": 9.0, "timings": "/t"})
    assert (found["fresh"], found["no-timings"]) == (False, False)


@pytest.mark.parametrize(
    ("text", "environ", "fault"),
    [
        ("namespace: a\nall-namespaces: true", {}, r":2: all-namespaces: namespace and all-namespaces exclude"),
        ("", {"HOMEPERF_CONTEXT": "a", "HOMEPERF_ALL_CONTEXTS": "1"}, "environment HOMEPERF_CONTEXT and environment"),
        ("", {"HOMEPERF_QPS": "nan"}, "HOMEPERF_QPS: 'nan' is not a number"),
    ],
)
def test_contradictions_of_one_place_are_errors(tmp_path, text, environ, fault):
    with pytest.raises(ConfigurationError, match=fault):
        settings(tmp_path, text, environ=environ)


def test_names_are_a_list_or_a_comma_list(tmp_path):
    found = settings(tmp_path, "namespace: [a, 'b,c']\ncontext: admin@home, arn:aws:eks:eu:1:cluster/x\ndomains: flux")
    assert found["namespace"] == ("a", "b", "c")
    assert found["context"] == ("admin@home", "arn:aws:eks:eu:1:cluster/x")
    assert found["domains"] == ("flux",)


def test_paths_are_relative_to_the_file(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", "/h")
    found = settings(tmp_path, "kubeconfig: kube/config\ntimings: ~/t")
    assert (found["kubeconfig"], found["timings"]) == (str(tmp_path / "kube/config"), "/h/t")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("qsp: 1", r":1: 'qsp' is not a key of the configuration. Did you mean 'qps'\?"),
        ("a: 1\nqps: x", r":1: 'a' is not a key"),
        ("\nprofiles:\n  p:\n    profile: q", r":4: 'profile' is not a key of a profile"),
        ("profiles: [a]", r":1: profiles: must hold keys and values"),
        ("qps: 0", r":1: qps: '0' is not a number above 0"),
        ("qps: -1", r":1: qps: '-1' is not"),
        ("qps: .inf", r":1: qps: '.inf' is not"),
        ("qps: ~", ":1: qps: has no value"),
        ("qps: [1]", ":1: qps: must be one value"),
        ("concurrency: 65", ":1: concurrency: 65 is not between 1 and 64"),
        ("concurrency: 010", ":1: concurrency: '010' is not a whole number"),
        ("burst: 0", ":1: burst: 0 is not at least 1"),
        ("timeout: soon", ":1: timeout: 'soon' is not a duration"),
        ("timeout: 0", ":1: timeout: 0 is no time at all"),
        ("fresh: perhaps", ":1: fresh: 'perhaps' is neither true nor false"),
        ("output: jsn", r":1: output: 'jsn' is not one of .* Did you mean 'json'\?"),
        ("domains: storge", r":1: domains: 'storge' is not a domain: .* Did you mean 'storage'\?"),
        ("namespace: Not_A_Name", ":1: namespace: 'Not_A_Name' cannot be"),
        ("context: 'a,,b'", ":1: context: '' cannot be"),
        ("timings: '~nobody-of-this-name/x'", ":1: timings: "),
    ],
)
def test_a_wrong_value_is_named_with_its_line(tmp_path, text, fault):
    with pytest.raises(ConfigurationError, match="config.yaml" + fault):
        settings(tmp_path, text)


@pytest.mark.parametrize("key", KEYS.values(), ids=lambda key: key.name)
def test_what_is_written_is_read_again(key):
    samples = {"context": "a@b", "namespace": "a,b", "domains": "flux", "request-timeout": "1m30s"}
    samples |= {"address": "lab.example:7443", "gateway-fingerprint": "ab" * 32, "kubernetes-version": "1.33"}
    value = key.kind.read(key.default or samples.get(key.name, "true"))
    written = key.kind.written(value)
    again = ",".join(written) if isinstance(written, list) else str(written)
    assert key.kind.read(again.removesuffix(".0")) == value


def test_the_defaults_are_those_of_the_checks(tmp_path):
    assert settings(tmp_path, "").thresholds == Thresholds()


def test_who_names_a_kubeconfig_wants_that_one_read(tmp_path):
    text = "address: lab.example:7443\nkubeconfig: home\n"
    assert settings(tmp_path, text)["address"] == "lab.example:7443"
    assert settings(tmp_path, text, given={"kubeconfig": "/other"})["address"] is None
    assert settings(tmp_path, text, environ={"HOMEPERF_KUBECONFIG": "/other"})["address"] is None
    nearer = settings(tmp_path, text, given={"kubeconfig": "/other", "address": "[::1]:1"})
    assert (nearer["address"], nearer["kubeconfig"]) == ("[::1]:1", "/other")


@pytest.mark.parametrize(
    "address", ["lab.example", "lab.example:0", "lab.example:65536", "http://lab:1", "[::1]", "a b:1"]
)
def test_what_is_no_address_is_refused(tmp_path, address):
    with pytest.raises(ConfigurationError, match="is not an address; write HOST:PORT"):
        settings(tmp_path, f"address: '{address}'")
