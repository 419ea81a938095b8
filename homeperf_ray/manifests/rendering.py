"""What kustomize builds, by the binary that is installed: ``kustomize``, else ``kubectl``."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from homeperf_ray.manifests.fault import Fault
from homeperf_ray.manifests.outcome import Outcome
from homeperf_ray.manifests.tree import Tree

BUILD_SECONDS = 60.0

AS_THEY_ARE = "files were judged as they are, not as kustomize builds them"


class Built(NamedTuple):
    """Folders that could not be built, and what the reader should know."""

    faults: tuple[tuple[str, Fault], ...] = ()
    notes: tuple[str, ...] = ()


def build_all(tree: Tree, wanted: bool) -> tuple[Built, dict[str, bytes]]:
    """Build every root that has a kustomization; the texts by folder. What needs the network is left out."""
    if not tree.kustomizations:
        return Built(), {}
    command = _command()
    if not wanted:
        return Built(notes=(AS_THEY_ARE,)), {}
    if command is None:
        return Built(notes=(f"{AS_THEY_ARE}: neither kustomize nor kubectl is installed",)), {}
    faults: list[tuple[str, Fault]] = []
    texts: dict[str, bytes] = {}
    left_out = 0
    for unit in tree.units:
        if unit.root not in tree.kustomizations:
            continue
        if unit.open:
            left_out += 1
            continue
        text, error = _build(command, str(tree.root / unit.root))
        if error:
            file, fact = tree.kustomizations[unit.root]
            faults.append((file, Fault("HP935", "critical", fact.line, fact.column, error, "", fact.kind)))
        else:
            texts[unit.root] = text
    notes = [f"{len(texts)} folders were judged as {' '.join(command)} builds them too"]
    if left_out:
        notes.append(f"{left_out} folders were not built: they take what is not in the tree, or charts and plugins")
    return Built(tuple(faults), tuple(notes)), texts


def told_at_source(
    tree: Tree, folder: str, outcome: Outcome, outcomes: Mapping[str, Outcome]
) -> Iterator[tuple[str, Fault]]:
    """The faults of a build, each at the object that it is about; those that its file has too are left out."""
    facts = [(member, fact) for member in tree.unit(folder).members for fact in tree.facts.get(member.file, ())]
    for fault in outcome.faults:
        kind, _, name = fault.object.partition("/")
        file, line = tree.kustomizations[folder][0], 1
        for member, fact in facts:
            if fact.kind == kind and name in (fact.name, f"{member.prefix}{fact.name}{member.suffix}"):
                file, line = member.file, fact.line
                break
        known = {(one.code, one.field, one.message) for one in outcomes[file].faults}
        if (fault.code, fault.field, fault.message) not in known:
            told = f"{fault.message} (as built in {folder or '.'})"
            yield (
                file,
                Fault(fault.code, fault.severity, line, 1, told, fault.namespace, fault.object, fault.field),
            )


def _command() -> tuple[str, ...] | None:
    if shutil.which("kustomize"):
        return ("kustomize", "build")
    return ("kubectl", "kustomize") if shutil.which("kubectl") else None


def _build(command: tuple[str, ...], folder: str) -> tuple[bytes, str]:
    """What a build says, or why it fails."""
    import subprocess

    try:
        done = subprocess.run([*command, folder], capture_output=True, timeout=BUILD_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return b"", f"{' '.join(command)} did not end within {BUILD_SECONDS:.0f} s"
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        return b"", f"{' '.join(command)} fails: {lines[-1] if lines else f'exit code {done.returncode}'}"
    return done.stdout, ""
