from __future__ import annotations

import os
from pathlib import Path

import pytest

from homeperf_ray.kube.errors import ConfigError
from homeperf_ray.kube.kubeconfig import kubeconfig_paths, read_kubeconfig
from homeperf_ray.kube.request import Access
from homeperf_ray.kube.target import load_target

ONE = """
apiVersion: v1
kind: Config
current-context: home
clusters:
- {name: home, cluster: {server: "https://one:6443"}}
users:
- {name: ann, user: {token: t1}}
contexts:
- {name: home, context: {cluster: home, user: ann, namespace: web}}
"""
TWO = """
current-context: away
clusters:
- {name: home, cluster: {server: "https://two:6443"}}
- {name: away, cluster: {server: "https://away:6443"}}
users:
- {name: ann, user: {token: t2}}
contexts:
- {name: home, context: {cluster: away, user: ann}}
- {name: away, context: {cluster: away, user: ann}}
"""


@pytest.fixture
def write(tmp_path):
    def write(text: str, name: str = "config") -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return str(path)

    return write


def load(*paths: str, context: str = ""):
    return load_target(Access(paths, context), environ={})


def refused(*paths: str, context: str = "") -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load(*paths, context=context)
    assert caught.value.hint
    return caught.value


def test_of_two_entries_with_one_name_the_first_file_wins(write):
    one, two = write(ONE, "one"), write(TWO, "two")
    assert load(one, two).server == "https://one:6443"
    assert load(one, two, context="away").server == "https://away:6443"
    assert load(two, one).context == "away"
    assert load(two, one, context="home").server == "https://away:6443"


def test_the_current_context_is_that_of_the_first_file_that_has_one(write):
    empty = write("apiVersion: v1\nkind: Config\n", "empty")
    assert load(empty, write(TWO, "two"), write(ONE, "one")).context == "away"


def test_missing_and_empty_files_of_a_list_are_passed_over(write, tmp_path):
    assert load(str(tmp_path / "nowhere"), write("", "empty"), write(ONE)).context == "home"


def test_a_single_missing_file_is_an_error(tmp_path):
    error = refused(str(tmp_path / "nowhere"))
    assert str(tmp_path / "nowhere") in str(error)
    assert "--kubeconfig" in error.hint


def test_a_list_without_any_file_names_them_all(tmp_path):
    error = refused(str(tmp_path / "a"), str(tmp_path / "b"))
    assert str(tmp_path / "a") in str(error)
    assert str(tmp_path / "b") in str(error)


def test_an_unknown_context_offers_what_there_is(write):
    error = refused(write(ONE), write(TWO, "two"), context="hme")
    assert "'hme'" in str(error)
    assert "home, away" in error.hint
    assert "Did you mean 'home'?" in error.hint


def test_no_current_context_asks_for_one(write):
    error = refused(write(ONE.replace("current-context: home", "")))
    assert "--context: home" in error.hint


@pytest.mark.parametrize(("kind", "cut"), [("cluster", "name: home, cluster"), ("user", "name: ann, user")])
def test_a_context_whose_cluster_or_user_is_missing(write, kind, cut):
    error = refused(write(ONE.replace(cut, cut.replace("home", "x").replace("ann", "x"))))
    assert f"names the {kind}" in str(error)


def test_file_names_are_relative_to_the_file_that_names_them(write, tmp_path, monkeypatch):
    write("from-a-file\n", "deep/down/token")
    path = write(ONE.replace("token: t1", "tokenFile: down/token"), "deep/config")
    monkeypatch.chdir(tmp_path)
    target = load(write("", "elsewhere/config"), path)
    assert target.source.read().reveal() == "Bearer from-a-file"


def test_names_that_look_like_numbers_dates_and_booleans_stay_names(write):
    text = ONE.replace("home", "123").replace("ann", "2026-01-01").replace("web", "on").replace("t1", "1e10")
    target = load(write(text))
    assert (target.context, target.namespace) == ("123", "on")
    assert target.source.authorization.reveal() == "Bearer 1e10"


def test_a_kubeconfig_in_json(write):
    target = load(
        write(
            '{"current-context":"a","contexts":[{"name":"a","context":{"cluster":"c"}}],'
            '"clusters":[{"name":"c","cluster":{"server":"https://x/k8s/clusters/c-1/"}}],"users":null}'
        )
    )
    assert target.server == "https://x/k8s/clusters/c-1"
    assert target.source.authorization is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("clusters: [s3cr3t", "not YAML"),
        ("\tclusters: s3cr3t", "not YAML"),
        ("a: \x00s3cr3t", "not YAML"),
        ("- s3cr3t", "no mapping"),
        ("s3cr3t", "no mapping"),
        ("kind: s3cr3t", "kind is not Config"),
        (ONE.replace("clusters:\n", "clusters: s3cr3t\nother:\n"), "`clusters` must be a list"),
        (ONE.replace("token: t1", "token: [s3cr3t]"), "user 'ann': `token` must be a string"),
        (ONE.replace("token: t1", 'token: "s3cr3t\\nx"'), "user 'ann': `token` holds characters"),
        (ONE.replace("token: t1", "client-certificate-data: s3cr3t!"), "`client-certificate-data` is not base64"),
        (ONE.replace("token: t1", "client-certificate-data: czNjcjN0"), "`client-key` is missing"),
        (ONE.replace("token: t1", "token: s3cr3t, username: ann"), "keep only one"),
        (ONE.replace("token: t1", "exec: {command: x, apiVersion: s3cr3t}"), "`apiVersion` must be"),
        (ONE.replace("token: t1", "as-groups: [s3cr3t]"), "`as` is missing"),
        (ONE.replace('server: "https://one:6443"', "server: ''"), "cluster 'home': `server` is missing"),
        (ONE.replace("https://one", "ftp://s3cr3t"), "`server` is not an http"),
        (ONE.replace("https://one", "https://ann:s3cr3t@one"), "`server` holds more"),
        (ONE.replace("6443", "99999"), "`server` is not an http"),
        (ONE.replace('6443"', '6443", insecure-skip-tls-verify: s3cr3t'), "must be true or false"),
        (ONE + "- {name: home, context: {}}", "names 'home' twice"),
        (ONE + "- {context: {}}", "entry without a name"),
    ],
)
def test_faults_name_the_file_and_the_field_and_never_show_a_value(write, text, words):
    path = write(text)
    error = refused(path)
    assert words in str(error)
    assert path in str(error)
    assert "s3cr3t" not in f"{error!r} {error} {error.hint}"


def test_a_certificate_file_that_is_missing_is_named(write, tmp_path):
    error = refused(write(ONE.replace("token: t1", "client-certificate: a.crt, client-key: a.key")))
    assert str(tmp_path / "a.crt") in str(error)


def test_insecure_beside_a_ca_is_refused_as_kubectl_does(write):
    more = '6443", insecure-skip-tls-verify: true, certificate-authority-data: YQ=='
    assert "contradicts" in str(refused(write(ONE.replace('6443"', more))))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(write):
    path = write(ONE)
    Path(path).chmod(0)
    assert "cannot be read" in str(refused(path))


def test_a_folder_is_not_a_kubeconfig(tmp_path):
    assert "cannot be read" in str(refused(str(tmp_path)))


class TestPaths:
    def test_the_option_comes_first(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        assert kubeconfig_paths("some/config", {"KUBECONFIG": "/x"}) == (str(tmp_path / "some/config"),)

    def test_then_the_list_in_the_environment(self):
        environ = {"KUBECONFIG": os.pathsep.join(["/a", "", "/b", "/a"])}
        assert kubeconfig_paths(None, environ) == ("/a", "/b")

    def test_then_the_home_folder(self, tmp_path):
        assert kubeconfig_paths(None, {"HOME": str(tmp_path)}) == (str(tmp_path / ".kube/config"),)

    def test_in_a_pod_without_a_kubeconfig_there_is_none(self, tmp_path):
        assert kubeconfig_paths(None, {"HOME": str(tmp_path), "KUBERNETES_SERVICE_HOST": "10.0.0.1"}) == ()

    def test_in_a_pod_with_a_kubeconfig_it_is_used(self, write, tmp_path):
        path = write(ONE, ".kube/config")
        assert kubeconfig_paths(None, {"HOME": str(tmp_path), "KUBERNETES_SERVICE_HOST": "10.0.0.1"}) == (path,)


def test_a_file_is_read_with_its_contexts_in_order(write):
    assert read_kubeconfig((write(ONE, "one"), write(TWO, "two"))).contexts == ("home", "away")
