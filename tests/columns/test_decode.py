"""Decoding pages into record batches: what is kept, what is refused."""

import pickle
from datetime import UTC, datetime

import msgspec
import pyarrow as pa
import pytest

from homeperf_ray.kube.columns import Page, decode, kind_of, schema
from homeperf_ray.kube.errors import BadAnswer
from homeperf_ray.kube.models.certificates import PublicData
from homeperf_ray.kube.resources import (
    CRON_JOBS,
    DAEMON_SETS,
    DEPLOYMENTS,
    HELM_RELEASES,
    KUSTOMIZATIONS,
    NODES,
    PERSISTENT_VOLUMES,
    PODS,
    SECRETS,
    STORAGE_CLASSES,
    GroupResource,
)
from tests.checks.judging import page
from tests.checks.pod_objects import container, pod, terminated, waiting
from tests.checks.samples import SAMPLES
from tests.checks.tls import secret

ALL = pytest.mark.parametrize("resource", SAMPLES, ids=str)


def rows(resource: GroupResource, *items) -> list[dict]:
    return decode(resource, page(resource, items)).batch.to_pylist()


@ALL
def test_a_page_has_the_promised_columns(resource: GroupResource):
    found = decode(resource, page(resource, SAMPLES[resource]))
    assert isinstance(found, Page)
    assert found.batch.schema == schema(resource)
    assert found.rows == found.batch.num_rows == len(SAMPLES[resource])
    found.batch.validate(full=True)


@ALL
@pytest.mark.parametrize("items", [b"[]", b"null"])
def test_an_empty_page(resource: GroupResource, items: bytes):
    body = b'{"kind":"%sList","apiVersion":"v1","metadata":{},"items":%s}' % (kind_of(resource).encode(), items)
    found = decode(resource, body)
    assert (found.rows, found.continue_token, found.resource_version) == (0, "", "")
    assert found.batch.schema == schema(resource)


def test_the_continue_token_and_the_version_come_along():
    body = msgspec.json.encode(
        {
            "kind": "PodList",
            "apiVersion": "v1",
            "metadata": {"resourceVersion": "99", "continue": "abc", "remainingItemCount": 7},
            "items": [pod()],
        }
    )
    found = decode(PODS, body)
    assert (found.continue_token, found.resource_version) == ("abc", "99")


@pytest.mark.parametrize(
    ("resource", "api_version"),
    [
        (CRON_JOBS, "batch/v1beta1"),
        (KUSTOMIZATIONS, "kustomize.toolkit.fluxcd.io/v1beta2"),
        (HELM_RELEASES, "helm.toolkit.fluxcd.io/v2beta1"),
    ],
)
def test_older_versions_have_the_same_columns(resource: GroupResource, api_version: str):
    found = decode(resource, page(resource, SAMPLES[resource], api_version))
    assert (found.rows, found.batch.schema) == (len(SAMPLES[resource]), schema(resource))


SECRET = "hunter2"


def refused(body: bytes, resource: GroupResource = PODS) -> str:
    with pytest.raises(BadAnswer) as caught:
        decode(resource, body)
    error = caught.value
    assert str(resource) in error.message
    assert error.hint
    assert SECRET not in f"{error.message} {error.hint} {error!r} {error.__cause__!r}"
    return error.message


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00\xff",
        b"<html>hunter2</html>",
        b"[]",
        b'"hunter2"',
        b"null",
        b"{}",
        b'{"kind":"PodList"}',
        b'{"kind":"PodList","metadata":{}}',
        b'{"kind":"PodList","items":[]}',
        b'{"kind":null,"metadata":{},"items":[]}',
        b'{"kind":"PodList","metadata":{},"items":{"hunter2":1}}',
        b'{"kind":"PodList","metadata":{},"items":["hunter2"]}',
        b'{"kind":"PodList","metadata":{},"items":[null]}',
        b'{"kind":"PodList","metadata":{},"items":[{"metadata":"hunter2"}]}',
        b'{"kind":"PodList","metadata":{},"items":[{"spec":{}}]}',
        b'{"kind":"PodList","metadata":{},"items":[{"metadata":{"name":"\\ud800"}}]}',
        b'{"kind":"PodList","metadata":{},"items":[{"metadata":{"name":"\xff"}}]}',
        b'{"kind":"PodList","metadata":{"x":%s},"items":[]}' % (b"[" * 200_000 + b"]" * 200_000),
        b'{"kind":"Status","status":"Failure","message":"hunter2","metadata":{},"items":[]}',
        b'{"kind":"NodeList","metadata":{},"items":[]}',
        b'{"kind":"hunter2 <b>","metadata":{},"items":[]}',
    ],
)
def test_what_is_no_list_of_pods_is_refused_without_quoting_it(body: bytes):
    refused(body)


def test_a_number_that_has_no_room_does_not_hide_the_other_objects():
    crowded = rows(PODS, pod("p", container(restartCount=2**40)), pod("q", container(restartCount=3)))
    assert [row["restarts"] for row in crowded] == [2**31 - 1, 3]
    volumes = [
        {"metadata": {"name": size}, "spec": {"capacity": {"storage": size}}} for size in ("10Ei", "9e40", "1Gi")
    ]
    assert [row["capacity"] for row in rows(PERSISTENT_VOLUMES, *volumes)] == [2**63 - 1, 2**63 - 1, 2**30]


def test_an_annotation_of_a_node_that_is_no_map_hides_nothing():
    odd = [
        {"metadata": {"name": "n", "annotations": {"csi.volume.kubernetes.io/nodeid": text}}}
        for text in ('{"a":' + "[" * 100_000, "[]", "{")
    ]
    assert [row["csi_drivers"] for row in rows(NODES, *odd)] == [[], [], []]


def test_what_is_no_number_is_refused():
    refused(page(PODS, [pod("p", container(restartCount="hunter2"))]))


def test_the_kind_that_came_instead_is_named():
    assert "NodeList" in refused(page(NODES, []))


def test_a_page_that_is_cut_short_anywhere_is_refused():
    body = page(PODS, [pod("p", container(state=waiting("CrashLoopBackOff"), lastState=terminated(1)))])
    for end in range(len(body)):
        refused(body[:end])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-14T12:00:00Z", datetime(2026, 3, 14, 12, tzinfo=UTC)),
        ("2026-03-14T12:00:00.5Z", datetime(2026, 3, 14, 12, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-03-14T12:00:00.123456Z", datetime(2026, 3, 14, 12, 0, 0, 123_456, tzinfo=UTC)),
        ("2026-03-14T12:00:00.123456789Z", datetime(2026, 3, 14, 12, 0, 0, 123_456, tzinfo=UTC)),
        ("2026-03-14T14:00:00+02:00", datetime(2026, 3, 14, 12, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("2026-03-14T12:00:00", None),
        ("2026-03-14", None),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_times(text: str | None, expected: datetime | None):
    item, other = pod("a"), pod("b")
    item["metadata"]["creationTimestamp"] = text
    other["metadata"]["creationTimestamp"] = "2026-03-14T12:00:00Z"
    first, second = rows(PODS, item, other)
    assert first["created"] == expected
    assert second["created"] == datetime(2026, 3, 14, 12, tzinfo=UTC)


def test_a_pod_keeps_what_its_sickest_container_says():
    sick = pod(
        "p",
        container("well"),
        container("starting", waiting("ContainerCreating")),
        container("broken", waiting("ErrImagePull", "no such image"), restartCount=2),
        container("other", waiting("CrashLoopBackOff")),
    )
    [row] = rows(PODS, sick)
    assert (row["container"], row["waiting_reason"], row["waiting_message"]) == (
        "broken",
        "ErrImagePull",
        "no such image",
    )
    assert (row["restarts"], row["init"], row["owner_kind"], row["node"]) == (2, False, "ReplicaSet", "worker-1")


def test_an_owner_that_does_not_control_is_none():
    item = pod("p")
    item["metadata"]["ownerReferences"] = [{"kind": "ConfigMap", "name": "x"}]
    assert rows(PODS, item)[0]["owner_kind"] is None


def test_programs_are_told_by_label_images_and_controller_class():
    [_, row] = rows(DEPLOYMENTS, *SAMPLES[DEPLOYMENTS])
    assert row["app"] == "kube-dns"
    assert row["images"] == ["registry.k8s.io/ingress-nginx/controller:v1.12.2@sha256:1"]
    assert row["controller_class"] == "k8s.io/internal"
    assert rows(DAEMON_SETS, *SAMPLES[DAEMON_SETS])[1]["controller_class"] == "k8s.io/internal"


def test_a_binding_mode_that_is_not_told_is_immediate():
    assert rows(STORAGE_CLASSES, {"metadata": {"name": "nfs"}})[0]["binding_mode"] == "Immediate"


def test_of_a_secret_only_public_facts_are_kept():
    [row] = rows(SECRETS, secret(managed=True))
    assert (row["subject"], row["issuer"], row["names"]) == ("web.home.arpa", "ca", ["web.home.arpa"])
    assert (row["certificates"], row["certificate"], row["unreadable"]) == (2, "web-tls", None)
    assert "PRIVATE" not in repr(row)
    assert "BEGIN" not in repr(row)


def test_a_private_key_never_becomes_an_object():
    """Whatever stands where a key should be, even what is no text, is passed over unread."""
    item = secret()
    item["data"]["tls.key"] = {"hunter2": [1]}
    assert len(rows(SECRETS, item)) == 1
    fields = {field.encode_name for field in msgspec.structs.fields(PublicData)}
    assert fields == {"tls.crt"}


def test_a_resource_that_nobody_reads_has_no_columns():
    with pytest.raises(KeyError):
        schema(GroupResource("", "configmaps"))


def many(count: int) -> pa.Table:
    pods = [pod(f"app-{number % 50}-7d9f8c6b5-{number:05d}", age=86_400.0 + number) for number in range(count)]
    return pa.Table.from_batches(
        [decode(PODS, page(PODS, pods[start : start + 500])).batch for start in range(0, count, 500)]
    )


def test_a_pod_takes_less_than_340_bytes():
    assert many(2_000).get_total_buffer_size() / 2_000 < 340


def test_pages_with_different_words_are_one_table_that_can_be_sent():
    pages = [pod("a", phase="Running"), pod("b", phase="Failed"), pod("c", phase="Pending")]
    found = pa.Table.from_batches([decode(PODS, page(PODS, [item])).batch for item in pages])
    stream = pa.BufferOutputStream()
    with pa.ipc.new_stream(stream, found.schema) as writer:
        writer.write_table(found)
    assert pa.ipc.open_stream(stream.getvalue()).read_all()["phase"].to_pylist() == ["Running", "Failed", "Pending"]
    assert pickle.loads(pickle.dumps(found)).equals(found)
    assert found.combine_chunks()["phase"].to_pylist() == ["Running", "Failed", "Pending"]
