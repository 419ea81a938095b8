"""The walk over a value finds what the library ``jsonschema`` finds, where both know the keyword."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from homeperf_ray.manifests.fault import Collector
from homeperf_ray.manifests.reading import read
from homeperf_ray.manifests.schemas import definitions
from homeperf_ray.manifests.validator import Validator
from homeperf_ray.manifests.values import ROOT
from tests.manifests.mistakes import CRD

jsonschema = pytest.importorskip("jsonschema")

SCHEMA = definitions(CRD.encode())["home.example", "v1", "lamp"].schema
OURS_ALONE = {"HP912", "HP916"}
"""Unknown fields are pruned by Kubernetes, and lists that are sets are its own."""

WORDS = st.sampled_from(["a", "kitchen", "Steady", "Blinking", "steady", "A1", "abcdefghij", "3", ""])
LEAVES = st.booleans() | st.integers(-2, 70) | st.floats(-2, 70, width=16) | WORDS
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=2) | st.fixed_dictionaries({}, optional=dict.fromkeys(("led", "arc", "x"), inner))
    ),
    max_leaves=5,
)
FIELDS = [name for name in SCHEMA["properties"]["spec"]["properties"] if name not in ("port", "until", "address")]
LAMPS = st.fixed_dictionaries(
    {}, optional={"spec": VALUES | st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, VALUES))}
)


@settings(max_examples=150, deadline=None)
@given(LAMPS)
def test_both_agree(value):
    theirs = not jsonschema.Draft7Validator(SCHEMA).is_valid(value)
    (document,) = read(yaml.safe_dump(value)).documents
    found = Collector()
    Validator(lambda name: {}, strict=False).judge(document.value, SCHEMA, ROOT, found)
    ours = [fault for fault in found.faults if fault.code not in OURS_ALONE]
    assert bool(ours) == theirs, ours
