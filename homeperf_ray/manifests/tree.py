"""A tree of manifests as kustomize and Flux see it: which files a build takes, and under which names."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from homeperf_ray.manifests.fact import Fact
from homeperf_ray.manifests.fault import Fault
from homeperf_ray.manifests.identity import KUSTOMIZATIONS

_OPAQUE = ("helmCharts", "generators", "transformers", "crds")
_MAX_DEPTH = 50


class Member(NamedTuple):
    """A file of a build, and what the kustomizations above it do to its objects."""

    file: str
    namespace: str = ""
    prefix: str = ""
    suffix: str = ""

    def identity(self, fact: Fact) -> tuple[str, str, str, str]:
        """Group, kind, namespace and name after the build."""
        name = f"{self.prefix}{fact.name}{self.suffix}"
        return fact.group, fact.kind, self.namespace or fact.namespace, name


class Unit(NamedTuple):
    """One build: its root folder, its files, what generators make, and whether it takes what is not in the tree."""

    root: str
    members: tuple[Member, ...]
    generated: frozenset[tuple[str, str]]
    open: bool


class Tree:
    """All files below ``root`` with their facts. Files are named as POSIX paths relative to it."""

    def __init__(self, root: Path, facts: Mapping[str, tuple[Fact, ...]]) -> None:
        self.root = root
        self.facts = facts
        self.kustomizations: dict[str, tuple[str, Fact]] = {}
        for file, held in facts.items():
            if posixpath.basename(file) in KUSTOMIZATIONS:
                for fact in held:
                    if fact.kustomize is not None:
                        self.kustomizations[posixpath.dirname(file)] = (file, fact)

    @cached_property
    def flux(self) -> list[tuple[str, Fact]]:
        """The Flux Kustomizations, with their files."""
        return [(file, fact) for file, held in self.facts.items() for fact in held if fact.flux is not None]

    def flux_path(self, file: str, fact: Fact) -> str | None:
        """The folder of a Flux Kustomization's path; None where it is not in the tree."""
        asked = str((fact.flux or {}).get("path") or ".")
        wanted = posixpath.normpath(asked.lstrip("/") or ".")
        above = posixpath.dirname(file)
        tops = [""]
        while above:
            tops.append(above)
            above = posixpath.dirname(above)
        for top in tops:
            folder = posixpath.normpath(posixpath.join(top, wanted))
            if (self.root / folder).is_dir() and not folder.startswith(".."):
                return "" if folder == "." else folder
        return None

    @cached_property
    def units(self) -> list[Unit]:
        """Every build: of Flux Kustomizations, of kustomizations that no other takes, then each folder of the rest."""
        roots = {
            (folder, components_of(fact)): None
            for file, fact in self.flux
            if (folder := self.flux_path(file, fact)) is not None
        }
        folders = dict.fromkeys(folder for folder, _ in roots)
        taken = {target for folder in self.kustomizations for target, _ in self._targets(folder)}
        taken |= {_joined(folder, entry) for folder, components in roots for entry in components}
        kinds = {folder: fact.kind for folder, (_, fact) in self.kustomizations.items()}
        roots |= {
            (folder, ()): None
            for folder in self.kustomizations
            if folder not in taken and folder not in folders and kinds[folder] != "Component"
        }
        units = [self.unit(folder, components) for folder, components in roots]
        seen = {member.file for unit in units for member in unit.members}
        rest: dict[str, list[Member]] = {}
        for file, held in self.facts.items():
            if held and file not in seen and not any(fact.kustomize is not None for fact in held):
                rest.setdefault(posixpath.dirname(file), []).append(Member(file))
        return [*units, *(Unit(folder, tuple(members), frozenset(), open=False) for folder, members in rest.items())]

    def unit(self, folder: str, components: tuple[str, ...] = ()) -> Unit:
        """The build of one folder, as Flux does it where the folder has no kustomization.yaml, with the components
        that a Flux Kustomization adds.
        """
        found = _Building(self)
        found.folder(folder, Member(""), 0)
        for entry in components:
            found.entry(folder, entry)
        return Unit(folder, tuple(found.members), frozenset(found.generated), found.open)

    def _targets(self, folder: str) -> Iterator[tuple[str, bool]]:
        """What a kustomization takes, as paths; whether each is a folder."""
        _, fact = self.kustomizations[folder]
        for key in ("resources", "bases", "components"):
            for entry in _texts((fact.kustomize or {}).get(key)):
                if not is_remote(entry):
                    target = _joined(folder, entry)
                    yield target, target not in self.facts

    def missing(self) -> Iterator[tuple[str, Fault]]:
        """What kustomizations name and is not there, each with the kustomization's file."""
        for folder, (file, fact) in self.kustomizations.items():
            held = fact.kustomize or {}
            for key in ("resources", "bases", "components", "patchesStrategicMerge"):
                places = held.get(f"{key}@") or []
                for index, entry in enumerate(_list(held.get(key))):
                    if isinstance(entry, str) and not is_remote(entry) and "\n" not in entry:
                        line, column = places[index] if index < len(places) else (fact.line, fact.column)
                        if told := self.lack(folder, entry, file_only=key == "patchesStrategicMerge"):
                            yield file, Fault("HP931", "critical", line, column, told, "", fact.kind, f"{key}[{index}]")
            yield from self._missing_patches(folder, file, fact)

    def _missing_patches(self, folder: str, file: str, fact: Fact) -> Iterator[tuple[str, Fault]]:
        held = fact.kustomize or {}
        places = held.get("patches@") or []
        for index, patch in enumerate(_list(held.get("patches"))):
            entry = patch.get("path") if isinstance(patch, dict) else None
            if isinstance(entry, str) and not is_remote(entry) and (told := self.lack(folder, entry, file_only=True)):
                yield (
                    file,
                    Fault(
                        "HP931",
                        "critical",
                        places[index][0],
                        places[index][1],
                        told,
                        "",
                        fact.kind,
                        f"patches[{index}].path",
                    ),
                )
        for key, entry in generator_files(held):
            if told := self.lack(folder, entry, file_only=True):
                line, column = (held.get(f"{key}@") or {}).get(entry) or (fact.line, fact.column)
                yield file, Fault("HP931", "critical", line, column, told, "", fact.kind, key)

    def lack(self, folder: str, entry: str, *, file_only: bool = False) -> str:
        """What is wrong with an entry of a kustomization in a folder; nothing where it is there."""
        target = _joined(folder, entry)
        full = self.root / target
        if full.is_dir() and not file_only:
            if any((full / name).exists() for name in KUSTOMIZATIONS):
                return ""
            return f"the folder {entry} has no kustomization.yaml"
        if full.exists():
            return ""
        from homeperf_ray.manifests.nearness import meant

        try:
            beside = [one.name for one in full.parent.iterdir()]
        except OSError:
            beside = []
        return f"{entry} is not there{meant(full.name, beside)}"

    def set_aside(self) -> dict[str, str]:
        """Files that are no objects of their own, and what they are: patches, and data of generators."""
        found: dict[str, str] = {}
        for folder, (_, fact) in self.kustomizations.items():
            held = fact.kustomize or {}
            for key in ("patches", "patchesJson6902", "replacements"):
                for patch in _list(held.get(key)):
                    if isinstance(patch, dict) and isinstance(patch.get("path"), str):
                        found[_joined(folder, patch["path"])] = "a patch of kustomize"
            for key in ("patchesStrategicMerge", "configurations", "transformers", "generators", "validators"):
                for entry in _texts(held.get(key)):
                    if "\n" not in entry:
                        found[_joined(folder, entry)] = "a configuration or patch of kustomize"
            for _, entry in generator_files(held):
                found[_joined(folder, entry)] = "data of a generator of kustomize"
        return {file: what for file, what in found.items() if file in self.facts}


class _Building:
    """Collects the members of one build."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self.members: list[Member] = []
        self.generated: set[tuple[str, str]] = set()
        self.open = False

    def folder(self, folder: str, above: Member, depth: int) -> None:
        known = self._tree.kustomizations.get(folder)
        if depth > _MAX_DEPTH:
            return
        if known is None:
            self._whole(folder, above, depth)
            return
        held = known[1].kustomize or {}
        self.open = self.open or any(held.get(key) for key in _OPAQUE)
        here = Member(
            "",
            above.namespace or _word(held.get("namespace")),
            above.prefix + _word(held.get("namePrefix")),
            _word(held.get("nameSuffix")) + above.suffix,
        )
        for kind, key in (("ConfigMap", "configMapGenerator"), ("Secret", "secretGenerator")):
            for one in _list(held.get(key)):
                if isinstance(one, dict):
                    self.generated.add((kind, str(one.get("name"))))
        for key in ("resources", "bases", "components"):
            for entry in _texts(held.get(key)):
                self._entry(folder, entry, here, depth)

    def entry(self, folder: str, entry: str) -> None:
        """One more entry, beside what the folder itself takes."""
        self._entry(folder, entry, Member(""), 0)

    def _entry(self, folder: str, entry: str, here: Member, depth: int) -> None:
        if is_remote(entry):
            self.open = True
            return
        target = _joined(folder, entry)
        if target in self._tree.facts:
            self.members.append(here._replace(file=target))
        elif target in self._tree.kustomizations:
            self.folder(target, here, depth + 1)
        else:
            self.open = True

    def _whole(self, folder: str, above: Member, depth: int) -> None:
        """A folder without a kustomization: every file below it, and folders that have one as a whole."""
        inside = f"{folder}/" if folder else ""
        roots = {one for one in self._tree.kustomizations if one.startswith(inside) and one != folder}
        tops = {one for one in roots if not any(one.startswith(f"{other}/") for other in roots)}
        for file in self._tree.facts:
            if file.startswith(inside) and not any(file.startswith(f"{one}/") for one in tops):
                self.members.append(above._replace(file=file))
        for one in sorted(tops):
            self.folder(one, above, depth + 1)


def components_of(fact: Fact) -> tuple[str, ...]:
    """The components that a Flux Kustomization adds to its path, relative to that."""
    return tuple(_texts((fact.flux or {}).get("components")))


def is_remote(entry: str) -> bool:
    """Whether a resource of a kustomization comes over the network."""
    host, slash, _ = entry.partition("/")
    named = bool(slash) and host.endswith((".com", ".org", ".io", ".net", ".dev"))
    return "://" in entry or "?ref=" in entry or entry.startswith("git@") or named


def generator_files(held: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """The files that generators read, each with the kind of generator; each may be written ``key=path``."""
    for key in ("configMapGenerator", "secretGenerator"):
        listed = held.get(key)
        for one in listed if isinstance(listed, list) else []:
            if isinstance(one, dict):
                for part in ("files", "envs"):
                    yield from ((key, entry.rpartition("=")[2]) for entry in _texts(one.get(part)))
                if isinstance(one.get("env"), str):
                    yield key, one["env"]


def _joined(folder: str, entry: str) -> str:
    return posixpath.normpath(posixpath.join(folder, entry))


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _word(value: object) -> str:
    return value if isinstance(value, str) else ""
