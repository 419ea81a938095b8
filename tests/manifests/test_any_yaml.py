"""Arbitrary input ends in an outcome, never in a traceback, and its documents are counted."""

# ruff: noqa: E501 - manifests stand in their lines

from __future__ import annotations

import msgspec
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from homeperf_ray.manifests.envsubst import Variables
from homeperf_ray.manifests.outcome import Outcome
from homeperf_ray.manifests.reading import read
from tests.manifests.judged import outcome

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
WORDS = st.sampled_from(
    [
        "apiVersion",
        "kind",
        "metadata",
        "name",
        "namespace",
        "labels",
        "annotations",
        "spec",
        "template",
        "containers",
        "image",
        "ports",
        "selector",
        "matchLabels",
        "data",
        "rules",
        "http",
        "paths",
        "backend",
        "service",
        "env",
        "volumes",
        "resources",
        "requests",
        "limits",
        "patches",
        "path",
        "postBuild",
        "substitute",
        "substituteFrom",
        "sourceRef",
        "items",
        "sops",
        "mac",
        "versions",
        "group",
        "schema",
        "openAPIV3Schema",
    ]
)
KINDS = st.sampled_from(
    [
        ("v1", "Pod"), ("v1", "Service"), ("v1", "ConfigMap"), ("v1", "Secret"), ("v1", "List"), ("apps/v1", "Deployment"),
        ("batch/v1", "CronJob"), ("networking.k8s.io/v1", "Ingress"), ("kustomize.toolkit.fluxcd.io/v1", "Kustomization"),
        ("kustomize.config.k8s.io/v1beta1", "Kustomization"), ("helm.toolkit.fluxcd.io/v2", "HelmRelease"),
        ("home.example/v1", "Lamp"), ("apiextensions.k8s.io/v1", "CustomResourceDefinition"), ("a/b/c", "?"),
    ]
)  # fmt: skip
TREES = st.recursive(
    SCALARS | st.just("${V}") | st.just("${X:=1}"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=8), inner, max_size=5),
    max_leaves=25,
)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes(data):
    assert isinstance(outcome(data), Outcome)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="abk: -\n#{}[]&*!|>'\"%@`?,~<=\t1", max_size=120))
def test_any_text_reads_as_yaml_or_has_a_problem(text):
    stream = read(text)
    for document in stream.documents:
        assert 1 <= document.place.line <= text.count("\n") + 1
    for problem in stream.problems:
        assert 1 <= problem.place.line <= text.count("\n") + 2
        assert problem.message


@settings(max_examples=300, deadline=None)
@given(KINDS, st.dictionaries(WORDS, TREES, max_size=8))
def test_any_object(kind, value):
    text = yaml.safe_dump({"apiVersion": kind[0], "kind": kind[1], **value}, allow_unicode=True)
    for values in (None, Variables(V="a: b")):
        found = outcome(text, values=values)
        assert found.judged
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=Outcome) == found
        for fault in found.faults:
            assert fault.line >= 1 <= fault.column


PLAIN = st.text(alphabet="abcxyz \n:'\"#-{}[]ä", max_size=12)
SIMPLE = st.recursive(
    st.none() | st.booleans() | st.integers() | PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PLAIN, inner, max_size=5),
    max_leaves=25,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(PLAIN, SIMPLE, max_size=6))
def test_values_are_those_of_the_yaml_library(value):
    """Where both follow YAML 1.1, both read the same."""
    text = yaml.safe_dump(value, allow_unicode=True)
    stream = read(text)
    assert not stream.problems
    if value:
        assert stream.documents[0].value == yaml.safe_load(text)
