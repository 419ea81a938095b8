"""CustomResourceDefinitions of the custom resources that are served."""

from __future__ import annotations

from collections.abc import Iterator

from homeperf_ray.sim.apis import Apis, Kind
from homeperf_ray.sim.content.world import DAY, Object, World


def of(world: World, apis: Apis) -> Iterator[Object]:
    """One definition a served custom resource, with a schema that lets everything pass."""
    for kind in apis.kinds():
        if kind.custom:
            yield _definition(world, kind, apis.groups[kind.group])


def _definition(world: World, kind: Kind, versions: list[str]) -> Object:
    names = {
        "plural": kind.plural,
        "singular": kind.singular,
        "kind": kind.kind,
        "listKind": f"{kind.kind}List",
        **({"shortNames": list(kind.short)} if kind.short else {}),
    }
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    offered = [
        {"name": version, "served": True, "storage": position == 0, "schema": schema, "subresources": {"status": {}}}
        for position, version in enumerate(versions)
    ]
    conditions = [
        world.condition("NamesAccepted", True, "NoConflicts", "no conflicts found", 200 * DAY),
        world.condition("Established", True, "InitialNamesAccepted", "the initial names have been accepted", 200 * DAY),
    ]
    return {
        "metadata": world.metadata(f"{kind.plural}.{kind.group}", age=200 * DAY, generation=1),
        "spec": {
            "group": kind.group,
            "names": names,
            "scope": "Namespaced" if kind.namespaced else "Cluster",
            "versions": offered,
            "conversion": {"strategy": "None"},
        },
        "status": {"conditions": conditions, "acceptedNames": names, "storedVersions": versions[:1]},
    }
