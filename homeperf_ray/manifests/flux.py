"""What Flux would refuse of a tree: paths, components, sources and names of variables."""

from __future__ import annotations

from collections.abc import Iterator

from homeperf_ray.manifests.envsubst import is_name
from homeperf_ray.manifests.fact import Fact
from homeperf_ray.manifests.pointing import Found, fault_of, pointing
from homeperf_ray.manifests.tree import Tree, components_of, is_remote


def refused(tree: Tree) -> Iterator[Found]:
    """Every fault of Flux's own objects."""
    yield from _paths(tree)
    yield from _components(tree)
    yield from _names(tree)
    yield from _sources(tree)


def unseen_sources(tree: Tree) -> Iterator[str]:
    """Sources of variables that are not in the tree, so that any variable may come from them."""
    every = [fact for held in tree.facts.values() for fact in held]
    known = {(fact.kind, fact.name) for fact in every} | {made[:2] for fact in every for made in fact.makes}
    for file, fact in tree.flux:
        build = (fact.flux or {}).get("postBuild")
        sources = build.get("substituteFrom") if isinstance(build, dict) else None
        for source in sources if isinstance(sources, list) else []:
            if isinstance(source, dict) and (source.get("kind"), source.get("name")) not in known:
                told = f"{source.get('kind')} {source.get('name')}"
                yield f"{told} is not in the tree: variables may come from it ({file})"


def _paths(tree: Tree) -> Iterator[Found]:
    """A Flux Kustomization whose path is missing, where another of its source shows that the source is this tree."""
    known = {_source(fact) for file, fact in tree.flux if tree.flux_path(file, fact) is not None}
    for file, fact in tree.flux:
        held = fact.flux or {}
        path = held.get("path")
        if not isinstance(path, str) or "$" in path or tree.flux_path(file, fact) is not None:
            continue
        if _source(fact) in known and _source(fact)[0] == "GitRepository":
            line, column = held.get("place") or (fact.line, fact.column)
            yield (
                file,
                fault_of("HP932", "critical", fact, f"the folder {path} is not there", line, column, "spec.path"),
            )


def _components(tree: Tree) -> Iterator[Found]:
    """Components of a Flux Kustomization that are not there."""
    for file, fact in tree.flux:
        folder = tree.flux_path(file, fact)
        if folder is None or (fact.flux or {}).get("ignoreMissingComponents") is True:
            continue
        for entry in components_of(fact):
            if not is_remote(entry) and "$" not in entry and (told := tree.lack(folder, entry)):
                yield file, fault_of("HP932", "critical", fact, told, field="spec.components")


def _names(tree: Tree) -> Iterator[Found]:
    """Names of variables that Flux refuses, in a Kustomization and in the ConfigMaps from which it takes them."""
    data = {(fact.kind, fact.name): fact.data for held in tree.facts.values() for fact in held if fact.data is not None}
    for file, fact in tree.flux:
        build = (fact.flux or {}).get("postBuild")
        if not isinstance(build, dict):
            continue
        inline, sources = build.get("substitute"), build.get("substituteFrom")
        named = [("", name) for name in inline] if isinstance(inline, dict) else []
        for one in sources if isinstance(sources, list) else []:
            key = (str(one.get("kind")), str(one.get("name"))) if isinstance(one, dict) else ("", "")
            named += [(f"{' '.join(key)}: ", name) for name in data.get(key) or ()]
        for where, name in named:
            if not is_name(name):
                told = f"{where}{name!r} is no name of a variable, and Flux refuses the whole: letters, digits and _"
                yield file, fault_of("HP941", "critical", fact, told, field="spec.postBuild")


def _source(fact: Fact) -> tuple[str, str]:
    source = (fact.flux or {}).get("sourceRef")
    return (str(source.get("kind")), str(source.get("name"))) if isinstance(source, dict) else ("", "")


def _sources(tree: Tree) -> Iterator[Found]:
    """A HelmRelease's source, where every Flux Kustomization of the tree comes from one repository."""
    every = [fact for held in tree.facts.values() for fact in held]
    kinds = ("HelmRepository", "OCIRepository", "GitRepository", "Bucket", "HelmChart")
    names = {kind: {fact.name for fact in every if fact.kind == kind} for kind in kinds}
    if len({_source(fact) for _, fact in tree.flux}) != 1:
        return
    for file, held in tree.facts.items():
        for fact in held:
            for ref in fact.references if fact.kind == "HelmRelease" else ():
                known = names.get(ref.kind)
                if known and ref.name not in known and ref.kind != "GitRepository":
                    yield file, pointing(fact, ref, known, "HP933", "in this tree")
