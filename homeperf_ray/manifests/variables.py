"""Which variables Flux substitutes in which files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from homeperf_ray.manifests.envsubst import Variables
from homeperf_ray.manifests.tree import Tree, components_of
from homeperf_ray.manifests.values import Unknown


def covered(tree: Tree, given: Mapping[str, str]) -> dict[str, list[Variables | None]]:
    """For each file that a Flux Kustomization applies the variables of each; None for one without any.

    ``given`` are the values of the command line, which win.
    """
    patched = dict(_patched(tree))
    found: dict[str, list[Variables | None]] = {}
    for file, fact in tree.flux:
        folder = tree.flux_path(file, fact)
        if folder is None:
            continue
        builds = [(fact.flux or {}).get("postBuild"), *patched.get((file, fact.name), ())]
        values = _values(tree, [one for one in builds if isinstance(one, dict)], given)
        for member in tree.unit(folder, components_of(fact)).members:
            held = found.setdefault(member.file, [])
            if values not in held:
                held.append(values)
    return found


def _patched(tree: Tree) -> Iterator[tuple[tuple[str, str], list[dict[str, Any]]]]:
    """postBuild that a Flux Kustomization patches into the Kustomizations that it applies."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for file, fact in tree.flux:
        builds = [one for patch in (fact.flux or {}).get("patches") or [] for one in _post_builds(patch)]
        folder = tree.flux_path(file, fact) if builds else None
        if folder is None:
            continue
        for member in tree.unit(folder).members:
            for child in tree.facts[member.file]:
                if child.flux is not None:
                    found.setdefault((member.file, child.name), []).extend(builds)
    yield from found.items()


def _post_builds(patch: Any) -> Iterator[dict[str, Any]]:
    from homeperf_ray.manifests.reading import read

    text = patch.get("patch") if isinstance(patch, dict) else None
    if not isinstance(text, str) or "postBuild" not in text:
        return
    target = patch.get("target")
    narrowed = isinstance(target, dict) and any(
        target.get(key) for key in ("labelSelector", "annotationSelector", "name")
    )
    for document in read(text).documents:
        value = document.value
        spec = value.get("spec") if isinstance(value, dict) else None
        build = spec.get("postBuild") if isinstance(spec, dict) else None
        if isinstance(build, dict):
            yield {**build, "narrowed": narrowed}


def _values(tree: Tree, builds: list[dict[str, Any]], given: Mapping[str, str]) -> Variables | None:
    values = Variables()
    for build in builds:
        for source in build.get("substituteFrom") or []:
            if isinstance(source, dict):
                _from(tree, str(source.get("kind")), str(source.get("name")), values)
        values.open = values.open or bool(build.get("narrowed"))
        inline = build.get("substitute")
        for name, value in inline.items() if isinstance(inline, dict) else ():
            values[name] = value.replace("\n", "") if isinstance(value, str) else _json(value)
    if not builds or (not values and not values.open):
        return None
    values.update(given)
    return values


def _from(tree: Tree, kind: str, name: str, values: Variables) -> None:
    """Values of a ConfigMap or Secret; where it is not in the tree, any name may have one."""
    for fact in (fact for held in tree.facts.values() for fact in held):
        if fact.kind == kind and fact.name == name and fact.data is not None:
            for key, value in fact.data.items():
                values[key] = Unknown(f"${{{key}}}") if value is None else value.replace("\n", "")
            return
        for made, called, keys in fact.makes:
            if (made, called) == (kind, name):
                values.open = values.open or "*" in keys
                values.update({key: Unknown(f"${{{key}}}") for key in keys if key != "*"})
                return
    values.open = True


def _json(value: Any) -> str:
    return "true" if value is True else "false" if value is False else str(value)
