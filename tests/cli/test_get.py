"""``homeperf get`` as a user calls it."""

from __future__ import annotations

import json

import pytest
import yaml

from tests.cli.command import Homeperf
from tests.homelab import lists, received


@pytest.fixture
def get(homeperf: Homeperf, homelab):
    homelab.reset()

    def call(*arguments: str, **environment: str):
        return homeperf.run("get", "--kubeconfig", str(homelab.kubeconfig), *arguments, **environment)

    return call


def test_kinds_and_namespaces_come_in_one_run_with_a_request_each(get, homelab):
    done = get("pods,pvc,ing", "-n", "media,monitoring")
    assert (done.code, done.err) == (0, "")
    assert lists(homelab) == {"pods": 2, "persistentvolumeclaims": 2, "ingresses.networking.k8s.io": 2}
    assert homelab.counts()["total"] == 6
    assert "media        pod/jellyfin" in done.out
    assert "monitoring   persistentvolumeclaim/" in done.out
    assert done.out.count("NAMESPACE") == 3


def test_without_a_namespace_it_is_the_contexts_own(get, homelab):
    assert get("svc", "-o", "name").out == "service/kubernetes\n"
    assert received(homelab, resource="services", namespace="default") == 1


def test_all_namespaces_are_one_list(get, homelab):
    done = get("pods", "-A", "-o", "name")
    assert len(done.out.splitlines()) == 300
    assert lists(homelab) == {"pods": 1}


def test_wide_has_more_columns(get):
    narrow, wide = get("nodes").out, get("nodes", "-o", "wide").out
    assert "KERNEL-VERSION" in wide
    assert "KERNEL-VERSION" not in narrow
    assert "NAMESPACE" not in wide


def test_no_headers(get):
    assert get("nodes", "--no-headers").out.splitlines()[0].startswith("k8s-cp-1 ")


def test_json_is_a_list_of_objects_as_the_server_sent_them(get, homelab):
    document = json.loads(get("pods", "-n", "media", "-o", "json").out)
    assert (document["kind"], document["apiVersion"]) == ("List", "v1")
    pod = next(item for item in document["items"] if item["metadata"]["name"].startswith("jellyfin"))
    assert (pod["kind"], pod["apiVersion"]) == ("Pod", "v1")
    alone = json.loads(get(f"pod/{pod['metadata']['name']}", "-n", "media", "-o", "json").out)
    assert alone == pod
    assert "managedFields" in pod["metadata"]


def test_yaml_and_json_lines_hold_the_same(get):
    listed = json.loads(get("pvc", "-n", "media", "-o", "json").out)
    assert yaml.safe_load(get("pvc", "-n", "media", "-o", "yaml").out) == listed
    lines = get("pvc", "-n", "media", "-o", "jsonl").out.splitlines()
    assert [json.loads(line) for line in lines] == listed["items"]


def test_several_contexts_stand_side_by_side(get):
    done = get("pods", "-n", "media", "--context", "homelab,limited")
    assert done.code == 0
    header, *rows = done.out.splitlines()
    assert header.split()[:2] == ["CONTEXT", "NAME"]
    assert {row.split()[0] for row in rows} == {"homelab", "limited"}
    both = json.loads(get("pods", "-n", "media", "--context", "homelab,limited", "-o", "json").out)
    assert both["homelab"]["items"] == both["limited"]["items"]
    lines = get("pods", "-n", "media", "--context", "homelab,limited", "-o", "jsonl").out.splitlines()
    assert {json.loads(line)["context"] for line in lines} == {"homelab", "limited"}


def test_what_may_not_be_read_is_told_and_the_rest_is_printed(get):
    done = get("pods,secrets", "-n", "media", "--context", "limited")
    assert done.code == 3
    assert "jellyfin" in done.out
    assert "may not list secrets in namespace 'media'" in done.err
    assert "Grant it" in done.err


def test_a_dead_context_does_not_take_the_others_with_it(homeperf: Homeperf, homelab, tmp_path):
    document = yaml.safe_load(homelab.kubeconfig.read_text())
    document["clusters"].append({"name": "dead", "cluster": {"server": "https://127.0.0.1:9"}})
    user = document["contexts"][0]["context"]["user"]
    document["contexts"].append({"name": "dead", "context": {"cluster": "dead", "user": user}})
    path = tmp_path / "contexts"
    path.write_text(yaml.safe_dump(document))
    done = homeperf.run("get", "no", "--kubeconfig", str(path), "--context", "dead,homelab", "--timeout", "5s")
    assert done.code == 3
    assert "homelab" in done.out
    assert "dead: " in done.err


def test_custom_resources_are_found_by_their_short_names_with_two_more_requests(get, homelab):
    done = get("hr,ks", "-A")
    assert done.code == 0
    assert "helmrelease.helm.toolkit.fluxcd.io/cert-manager" in done.out
    assert homelab.counts()["total"] == 4
    homelab.reset()
    get("hr", "-A")
    assert homelab.counts()["total"] == 1


def test_an_unknown_kind_is_named_and_the_rest_is_printed(get):
    done = get("svc,helmrelaese", "-n", "media")
    assert done.code == 3
    assert "jellyfin" in done.out
    assert "'helmrelaese'" in done.err
    assert "Did you mean helmrelease?" in done.err


def test_objects_are_named_either_way(get):
    one = get("svc", "jellyfin", "sonarr", "-n", "media", "-o", "name")
    other = get("svc/jellyfin", "service/sonarr", "-n", "media", "-o", "name")
    assert one.out == other.out == "service/jellyfin\nservice/sonarr\n"


def test_an_object_that_is_not_there_is_told(get):
    done = get("svc/nope", "svc/jellyfin", "-n", "media")
    assert done.code == 3
    assert "there is no services/nope in namespace media" in done.err
    assert "homeperf get services -n media" in done.err
    assert "jellyfin" in done.out


def test_selectors_reach_the_server(get):
    chosen = get("pods", "-A", "-l", "app.kubernetes.io/name=jellyfin", "-o", "name").out.splitlines()
    assert chosen
    assert all(name.startswith("pod/jellyfin") for name in chosen)
    failed = get("pods", "-A", "--field-selector", "status.phase=Failed", "-o", "name").out.splitlines()
    assert 0 < len(failed) < 20


def test_nothing_is_told_as_kubectl_tells_it(get):
    done = get("pods", "-n", "media", "-l", "no=such")
    assert (done.code, done.out) == (0, "")
    assert done.err == "No resources found in media.\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("pod/a", "svc"), "no KIND/NAME"),
        (("pod/a/b",), "no KIND/NAME"),
        (("pods", "a", "-A"), "leave -A out"),
        (("pods", "a", "-l", "x=y"), "exclude each other"),
        ((",",), "name a kind"),
        (("secrets", ""), "one of the names is empty"),
        ((), "Missing argument"),
    ],
)
def test_what_makes_no_sense_is_refused(get, homelab, arguments, told):
    done = get(*arguments)
    assert done.code == 3
    assert told in done.err
    assert homelab.counts()["total"] == 0


def test_every_request_is_a_row_in_the_parquet(get, homeperf: Homeperf):
    import pyarrow.parquet as pq

    get("pods,svc", "-n", "media,monitoring")
    [file] = homeperf.parquet
    rows = pq.read_table(file).to_pylist()
    assert sorted((row["kind"], row["resource"], row["namespace"]) for row in rows) == [
        ("list", "pods", "media"),
        ("list", "pods", "monitoring"),
        ("list", "services", "media"),
        ("list", "services", "monitoring"),
    ]
    assert all(row["context"] == "homelab" and row["sent"] == 1 for row in rows)
    get("pods", "--no-timings")
    assert homeperf.parquet == [file]


def test_hostile_names_reach_no_terminal(homeperf: Homeperf, make_homelab):
    sim = make_homelab(nodes=1, namespaces=5, pods=20, pvcs=1)
    sim.patch("nodes", "", "k8s-cp-1", {"metadata": {"labels": {"x": "\u202egnp\u009b31m"}}})
    done = homeperf.run("get", "nodes", "-o", "json", "--kubeconfig", str(sim.kubeconfig))
    assert "\u202e" not in done.out
    assert "\u009b" not in done.out
    assert json.loads(done.out)["items"][0]["metadata"]["labels"]["x"] == "\u202egnp\u009b31m"


def test_pages_are_put_together(homeperf: Homeperf, make_homelab):
    sim = make_homelab(pods=1_200)
    document = json.loads(homeperf.run("get", "pods", "-A", "-o", "json", "--kubeconfig", str(sim.kubeconfig)).out)
    assert len({(one["metadata"]["namespace"], one["metadata"]["name"]) for one in document["items"]}) == 1_200
    table = homeperf.run("get", "pods", "-A", "--kubeconfig", str(sim.kubeconfig)).out
    assert len(table.splitlines()) == 1_201
