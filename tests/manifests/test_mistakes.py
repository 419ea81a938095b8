"""Every mistake is found where it was made, and nothing else is said."""

# ruff: noqa: E501 - manifests stand in their lines

import pytest

from homeperf_ray.manifests.codes import RULES
from tests.manifests.judged import codes, outcome
from tests.manifests.mistakes import CRD, MISTAKES, container, deployment, lamp, pod, service


def test_there_are_many_kinds_of_mistakes():
    assert len({mistake.name for mistake in MISTAKES}) == len(MISTAKES) >= 60


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_is_found_in_its_line(mistake):
    found = outcome(mistake.text)
    told = [(fault.code, fault.line, fault.message) for fault in found.faults]
    assert [one[:2] for one in told] == [(mistake.code, mistake.line)], told
    assert mistake.message in told[0][2]
    statuses = {one.status for one in found.judged}
    assert ("invalid" in statuses) == (RULES[mistake.code].severity == "critical")


GOOD = {
    "crd": CRD,
    "lamp": lamp("room: a\n  on: yes\n  port: http\n  free: {any: thing}\n  names: {x: y}\n  bulb: {led: {}}"),
    "pod": container("ports: [{containerPort: 80}]\n      resources: {requests: {cpu: 0.5, memory: 1Gi}}"),
    "deployment": deployment("replicas: 3"),
    "service": service("ports: [{port: 53, name: a}, {port: 53, name: b, protocol: UDP}]"),
    "digest": pod(f"containers: [{{name: c, image: 'ghcr.io/a/b@sha256:{'a' * 64}'}}]"),
    "empty": "---\n# nothing\n---\n",
    "null labels": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, labels: }\n",
    "role": "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: 'system:Reader'}\nrules: []\n",
    "merge": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  <<: &a {x: y}\n  x: z\n",
    "utf-16": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n".encode("utf-16"),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_is_well_is_left_alone(name):
    assert codes(GOOD[name], strict=True) == []


def test_an_unknown_field_is_a_warning_unless_strict():
    text = deployment("replcas: 3")
    assert [fault.severity for fault in outcome(text).faults] == ["warning"]
    assert outcome(text).judged[0].status == "valid"
    assert [fault.severity for fault in outcome(text, strict=True).faults] == ["critical"]
    assert outcome(text, strict=True).judged[0].status == "invalid"


def test_the_version_decides_what_is_removed():
    text = "apiVersion: flowcontrol.apiserver.k8s.io/v1beta3\nkind: FlowSchema\nmetadata: {name: f}\n"
    assert [code for code, _ in codes(text, version="1.28")] == []
    assert [code for code, _ in codes(text, version="1.31")] == ["HP907"]
    assert [code for code, _ in codes(text, version="1.32")] == ["HP906"]


def test_a_kind_without_a_schema_is_skipped_and_says_so():
    (judged,) = outcome("apiVersion: odd.example/v1\nkind: Odd\nmetadata: {name: o}\n").judged
    assert judged.status == "skipped"
    assert judged.unjudged
    assert judged.reason == "no schema of odd.example/v1 Odd"


@pytest.mark.parametrize(
    ("text", "path", "reason"),
    [
        ("replicas: 1\n", "values.yaml", "values of Helm"),
        ("on: push\njobs: {}\n", "a.yaml", "a GitHub workflow"),
        ("a: b\n", ".github/x.yaml", "a file of GitHub"),
        ("machine: {}\ncluster: {}\n", "a.yaml", "a configuration of Talos"),
        ("creation_rules: []\n", ".sops.yaml", "a configuration of SOPS"),
        ("- a\n", "a.yaml", "no mapping"),
        ("apiVersion: v2\nname: c\nversion: 1\n", "Chart.yaml", "a Helm chart"),
        ("apiVersion: v1\nkind: Config\nclusters: []\n", "a.yaml", "a kubeconfig"),
        (b"\x00\x01", "a.yaml", "no text"),
    ],
)
def test_what_is_no_object_is_skipped_with_its_reason(text, path, reason):
    (judged,) = outcome(text, path).judged
    assert (judged.status, judged.reason, judged.unjudged) == ("skipped", reason, False)


def test_encrypted_values_are_nobodys_business():
    text = """\
apiVersion: v1
kind: Secret
metadata: {name: s}
data:
  a: ENC[AES256_GCM,data:x,type:str]
bogus: 1
sops: {mac: "ENC[x]", lastmodified: "2025-01-01T00:00:00Z"}
"""
    assert codes(text) == [("HP912", 6)]


def test_bytes_that_are_no_text_have_a_line():
    assert codes(b"a: b\nc: \xff\xfe\n") == [("HP901", 2)]


def test_aliases_that_expand_without_end_are_refused():
    rows = [
        f"{one}: &{one} [{', '.join([f'*{before}'] * 9)}]" for before, one in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    found = outcome("\n".join(["a: &a [x, x, x, x, x, x, x, x, x]", *rows]))
    assert "aliases expand" in found.faults[0].message


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 100_000, "a: &a [*a]", "{" * 5000 + "}" * 5000])
def test_hostile_nesting_ends_in_a_sentence(text):
    assert {code for code, _ in codes(text)} == {"HP901"}
