"""Real objects lack fields, and hostile ones hold anything: every check lives through both."""

import copy
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from homeperf_ray.checks.registry import CHECKS, by_name
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.kube.columns import decode, kind_of, schema
from homeperf_ray.kube.resources import GroupResource
from homeperf_ray.sim.apis import Apis
from homeperf_ray.sim.content.homelab import Homelab
from homeperf_ray.sim.options import Options
from tests.checks.judging import NOW, Object, table
from tests.checks.samples import SAMPLES

RESOURCES = pytest.mark.parametrize("resource", SAMPLES, ids=str)
EMPTY = {resource: schema(resource).empty_table() for resource in SAMPLES}

Path = tuple[str | int, ...]


def paths(value: object, path: Path = ()) -> Iterator[Path]:
    """Every path in an object, but for its metadata itself."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        if (*path, step) != ("metadata",) and not isinstance(step, int):
            yield (*path, step)
        yield from paths(inner, (*path, step))


def changed(item: Object, path: Path, *, gone: bool) -> Object:
    """The object with null at a path, or with nothing there."""
    copied = copy.deepcopy(item)
    inner = copied
    for step in path[:-1]:
        inner = inner[step]
    if gone:
        del inner[path[-1]]
    else:
        inner[path[-1]] = None
    return copied


def judge_all(resource: GroupResource, items: list[Object]) -> None:
    """Judge the items by every check that looks at them, beside whole samples of everything else."""
    tables = {other: table(other, SAMPLES[other]) for other in SAMPLES} | {resource: table(resource, items)}
    for check in CHECKS:
        if resource in (*check.needs, *check.optional):
            judgement = check.evaluate(Snapshot(tables, NOW), Thresholds())
            keys = {(finding.namespace, finding.object) for finding in judgement.findings}
            assert len(keys) <= judgement.examined, check.name
            assert {finding.code for finding in judgement.findings} <= {code.id for code in check.codes}
            msgspec.json.encode(judgement)


@RESOURCES
@pytest.mark.parametrize("gone", [False, True], ids=["null", "absent"])
def test_any_field_may_be_null_or_absent(resource: GroupResource, gone: bool):
    for item in SAMPLES[resource]:
        for path in paths(item):
            judge_all(resource, [changed(item, path, gone=gone)])


@RESOURCES
def test_a_bare_object_and_fields_from_the_future(resource: GroupResource):
    bare = {"metadata": {}}
    future = {"metadata": {"name": "x", "f": [1]}, "spec": {"new": {"a": 1}}, "status": {"new": None}, "extra": 1}
    judge_all(resource, [bare, future])


@RESOURCES
def test_names_and_messages_may_hold_anything(resource: GroupResource):
    for item in SAMPLES[resource]:
        evil = "\x1b[2J{name}{0}%s\u202e\x00\n<script>\U0001f600'\""
        judge_all(resource, [_poisoned(item, evil)])


def _poisoned(item, evil: str, key: str = ""):
    """Every free text replaced; times and the values of enumerations stay."""
    if isinstance(item, dict):
        return {name: _poisoned(inner, evil, name) for name, inner in item.items()}
    if isinstance(item, list):
        return [_poisoned(inner, evil, key) for inner in item]
    return (
        evil if isinstance(item, str) and key in {"name", "namespace", "reason", "message", "image", "node"} else item
    )


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_no_objects_at_all(check):
    judgement = check.evaluate(Snapshot(EMPTY, NOW), Thresholds())
    assert judgement.check == check.name
    assert len(judgement.findings) <= judgement.examined


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_optional_resources_may_be_missing(check):
    tables = {resource: table(resource, SAMPLES[resource]) for resource in check.needs}
    assert check.evaluate(Snapshot(tables, NOW), Thresholds()).check == check.name


@pytest.fixture(scope="module")
def homelab() -> dict[GroupResource, pa.Table]:
    """A whole sick homelab, as the emulator would list it, in pages of 100."""
    store = Homelab(Options(), Apis(34), datetime.now(UTC)).store()
    tables = {}
    for resource in SAMPLES:
        entries = store.collection(str(resource)).entries
        batches = []
        for start in range(0, len(entries), 100):
            items = b",".join(entry.body for entry in entries[start : start + 100])
            head = f'{{"kind":"{kind_of(resource)}List","apiVersion":"batch/v1","metadata":{{}},"items":['
            batches.append(decode(resource, head.encode() + items + b"]}").batch)
        tables[resource] = pa.Table.from_batches(batches, schema(resource))
    return tables


@pytest.mark.parametrize("name", [check.name for check in CHECKS if check.splits])
def test_judging_by_batches_of_namespaces_finds_the_same(name: str, homelab: dict[GroupResource, pa.Table]):
    now, check = datetime.now(UTC), by_name(name)
    whole = check.evaluate(Snapshot(homelab, now), Thresholds())
    namespaces = pc.unique(homelab[check.needs[0]]["namespace"]).to_pylist()
    parts = [namespaces[0::3], namespaces[1::3], namespaces[2::3]]
    judgements = [check.evaluate(Snapshot(_part(homelab, part), now), Thresholds()) for part in parts]
    assert sum(judgement.examined for judgement in judgements) == whole.examined
    together = [finding for judgement in judgements for finding in judgement.findings]
    assert sorted(together, key=lambda finding: finding.order) == sorted(
        whole.findings, key=lambda finding: finding.order
    )


def _part(tables: dict[GroupResource, pa.Table], namespaces: list[str]) -> dict[GroupResource, pa.Table]:
    chosen = pa.array(namespaces, pa.string())
    return {
        resource: found.filter(pc.is_in(found["namespace"], value_set=chosen))
        if "namespace" in found.column_names
        else found
        for resource, found in tables.items()
    }


def test_the_sick_homelab_shows_every_kind_of_sickness_that_was_planted(homelab: dict[GroupResource, pa.Table]):
    now = datetime.now(UTC)
    found = {f.code for check in CHECKS for f in check.evaluate(Snapshot(homelab, now), Thresholds()).findings}
    planted = {"HP102", "HP103", "HP107"}  # nodes: silent, short of memory, cordoned
    planted |= {"HP201", "HP202", "HP203", "HP204", "HP205", "HP206", "HP207", "HP208", "HP209", "HP210", "HP211"}
    planted |= {"HP213", "HP221", "HP222", "HP227", "HP231", "HP301", "HP302", "HP312", "HP422"}
    planted |= {"HP441", "HP442", "HP443", "HP444", "HP445"}
    planted |= {"HP451", "HP452", "HP453", "HP454", "HP455", "HP456", "HP457", "HP458", "HP459"}
    planted |= {"HP461", "HP462", "HP463"}
    planted |= {"HP502", "HP503", "HP504", "HP506"}
    assert planted <= found
