"""Validation of a tree: read, judge each file where a result is not kept, then judge the tree as a whole."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from homeperf_ray import __version__
from homeperf_ray.manifests.batch import Batch, Item, Options, item_of, judge_batch, judge_bytes, schemas_of
from homeperf_ray.manifests.crossing import across
from homeperf_ray.manifests.envsubst import Variables
from homeperf_ray.manifests.fault import Fault, Judged
from homeperf_ray.manifests.files import expand
from homeperf_ray.manifests.outcome import Outcome
from homeperf_ray.manifests.rendering import build_all, told_at_source
from homeperf_ray.manifests.schemas import definitions
from homeperf_ray.manifests.store import Results, key_of
from homeperf_ray.manifests.tree import Tree
from homeperf_ray.manifests.variables import covered

STDIN = "<stdin>"
POOL_BYTES = 1_500_000
"""Bytes of YAML that are not kept, above which starting processes pays (measured: benchmarks/validate.py)."""

BATCH_BYTES = 200_000


class Elsewhere(Protocol):
    """Another place that judges batches: a runtime. ``least`` are the bytes of YAML from which on it is asked."""

    workers: int
    least: int

    def judge(self, batches: Sequence[Batch]) -> list[Outcome] | None:
        """The outcomes of all files in order; None where the place is not well and need not be asked."""
        ...


class ValidateJob(msgspec.Struct, frozen=True, kw_only=True):
    """What to validate. ``files`` are reported on; all files below ``root`` are known, so that references are found.

    ``given`` are variables of the command line; ``stdin`` is a text to validate by itself. ``cache`` None keeps no
    results. ``render`` also judges what kustomize builds.
    """

    files: tuple[str, ...]
    root: str
    options: Options
    given: dict[str, str] = {}
    stdin: bytes | None = None
    cache: str | None = None
    render: bool = False


class FileResult(msgspec.Struct, frozen=True):
    """One file: its documents and its faults, in the order of its lines."""

    path: str
    judged: tuple[Judged, ...]
    faults: tuple[Fault, ...]


class Counts(msgspec.Struct, frozen=True):
    """Documents by what became of them; they add up to ``total``. ``unjudged`` skipped ones should not have been."""

    total: int
    valid: int
    invalid: int
    skipped: int
    errors: int
    warnings: int
    unjudged: int


class Validation(msgspec.Struct, frozen=True):
    """The report of a validation. ``kept`` files had a result that still holds; times are in seconds."""

    version: str
    started: float
    duration: float
    files: tuple[FileResult, ...]
    notes: tuple[str, ...]
    runner: str
    workers: int
    known: int
    kept: int

    @property
    def counts(self) -> Counts:
        """How many documents are how; a document with warnings only is valid."""
        judged = [one for file in self.files for one in file.judged]
        by = {name: sum(one.status == name for one in judged) for name in ("valid", "invalid", "skipped", "error")}
        warnings = sum(fault.severity == "warning" for file in self.files for fault in file.faults)
        return Counts(
            len(judged), by["valid"], by["invalid"], by["skipped"], by["error"], warnings,
            sum(one.unjudged for one in judged),
        )  # fmt: skip


def validate(job: ValidateJob, elsewhere: Elsewhere | None = None, *, processes: int | None = None) -> Validation:
    """Validate. Files are judged ``elsewhere`` where it takes them; else here, in ``processes`` where that pays.

    Raises SchemaError for schemas that cannot be used.
    """
    started, clock = time.time(), time.perf_counter()
    root = Path(job.root)
    contents, unreadable, names = _read(job, root)
    options = _with_definitions(job.options, contents)
    results = Results(Path(job.cache) if job.cache else None, _fingerprint(options))
    spread = _Spread(options, results, elsewhere, processes)
    templates = _chart_templates(contents)
    outcomes = spread.judge({file: (data, None) for file, data in contents.items() if file not in templates})
    outcomes |= dict.fromkeys(templates, _TEMPLATE)
    tree = Tree(root, {file: outcome.facts for file, outcome in outcomes.items()})
    outcomes = _substituted(job, tree, contents, outcomes, spread)
    tree = Tree(root, {file: outcome.facts for file, outcome in outcomes.items()})
    extra: dict[str, list[Fault]] = {}
    built, rendered = build_all(tree, job.render)
    for file, fault in (*across(tree), *_of_builds(job, tree, rendered, outcomes, spread), *built.faults):
        extra.setdefault(file, []).append(fault)
    results.save()
    aside = tree.set_aside()
    files = [
        _result(names[file], outcomes[file], extra.get(file, ()), aside.get(file, ""))
        for file in names
        if file in outcomes
    ]
    files += [FileResult(path, (Judged("error", 1),), (fault,)) for path, fault in unreadable]
    return Validation(
        version=options.version,
        started=started,
        duration=time.perf_counter() - clock,
        files=tuple(sorted(files, key=lambda file: file.path)),
        notes=(*built.notes, *_notes(tree)),
        runner=spread.runner,
        workers=spread.workers,
        known=len(contents),
        kept=results.hits,
    )


def _read(job: ValidateJob, root: Path) -> tuple[dict[str, bytes], list[tuple[str, Fault]], dict[str, str]]:
    """All contents that matter, what of those asked for cannot be read, and the names of those asked for."""
    names: dict[str, str] = {}
    places: dict[str, str] = {}
    top = os.path.normpath(root.absolute())
    here = Path.cwd()
    for text in job.files:
        asked = os.path.normpath(here / text)
        inner = _inside(asked, top)
        names[inner] = text
        places[inner] = asked
    if root.is_dir() and job.stdin is None:
        for path in expand([top]):
            places.setdefault(_inside(str(path), top), str(path))
    contents: dict[str, bytes] = {}
    unreadable: list[tuple[str, Fault]] = []
    for inner, full in places.items():
        try:
            contents[inner] = Path(full).read_bytes()
        except OSError as error:
            if inner in names:
                told = f"cannot be read: {error.strerror or error}"
                unreadable.append((names[inner], Fault("HP903", "error", 1, 1, told)))
    if job.stdin is not None:
        contents[STDIN] = job.stdin
        names[STDIN] = STDIN
    return contents, unreadable, names


def _inside(path: str, root: str) -> str:
    """The POSIX path of a file relative to the root; both are absolute and normal."""
    if path.startswith(root + os.sep):
        return path[len(root) + 1 :].replace(os.sep, "/")
    return os.path.relpath(path, root).replace(os.sep, "/")


def _with_definitions(options: Options, contents: Mapping[str, bytes]) -> Options:
    """The options with the schemas of the CustomResourceDefinitions in the tree."""
    found = list(
        msgspec.msgpack.decode(options.extra, type=list[tuple[str, str, str, bytes, str]]) if options.extra else []
    )
    for data in contents.values():
        for (group, version, kind), one in definitions(data).items():
            found.append((group, version, kind, msgspec.json.encode(one.schema), one.deprecated))
    return msgspec.structs.replace(options, extra=msgspec.msgpack.encode(found) if found else b"")


def _fingerprint(options: Options) -> str:
    """Changes with the version of homeperf, its own code included, the schemas and the options."""
    own = Path(__file__).parent.parent / "manifests"
    code = sorted((str(file), file.stat().st_mtime_ns) for file in own.rglob("*.py"))
    schemas = schemas_of(options).fingerprint
    return hashlib.sha256(f"{__version__} {schemas} {options.strict} {code}".encode()).hexdigest()


class _Spread:
    """Judges what has no result yet: in this process, in a pool, or elsewhere."""

    def __init__(self, options: Options, results: Results, elsewhere: Elsewhere | None, processes: int | None) -> None:
        self._options = options
        self._results = results
        self._elsewhere = elsewhere
        self._processes = processes or _processors()
        self.runner = "local"
        self.workers = 1

    def judge(self, asked: Mapping[str, tuple[bytes, Variables | None]]) -> dict[str, Outcome]:
        """The outcomes of files with their variables."""
        found: dict[str, Outcome] = {}
        missing: dict[str, tuple[bytes, Item]] = {}
        for file, (data, values) in asked.items():
            item = item_of(data, file, values)
            text = "" if values is None else f"{item.open} {item.variables}"
            key = key_of(data, file, text)
            kept = self._results.get(key)
            if kept is not None:
                found[file] = kept
            else:
                missing[file] = (key, item)
        outcomes = self._judge([item for _, item in missing.values()])
        for (file, (key, _)), outcome in zip(missing.items(), outcomes, strict=True):
            self._results.put(key, outcome)
            found[file] = outcome
        return {file: found[file] for file in asked}

    def _judge(self, items: list[Item]) -> list[Outcome]:
        size = sum(len(item.data) for item in items)
        if self._elsewhere is not None and items and size >= self._elsewhere.least:
            outcomes = self._elsewhere.judge(_batches(self._options, items))
            if outcomes is not None:
                self.runner, self.workers = "ray", self._elsewhere.workers
                return outcomes
        if not items:
            return []
        if size < POOL_BYTES or self._processes < 2:
            return judge_batch(Batch(self._options, tuple(items)))
        self.workers = self._processes
        return _pooled(_batches(self._options, items), self._processes)


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _pooled(batches: Sequence[Batch], workers: int) -> list[Outcome]:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    context = multiprocessing.get_context("fork" if os.name == "posix" else "spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        encoded = pool.map(judge_bytes, map(msgspec.msgpack.encode, batches))
        return [one for many in encoded for one in msgspec.msgpack.decode(many, type=list[Outcome])]


def _batches(options: Options, items: Iterable[Item]) -> list[Batch]:
    batches: list[Batch] = []
    held: list[Item] = []
    size = 0
    for item in items:
        held.append(item)
        size += len(item.data)
        if size >= BATCH_BYTES:
            batches.append(Batch(options, tuple(held)))
            held, size = [], 0
    return [*batches, Batch(options, tuple(held))] if held else batches


_TEMPLATE = Outcome((Judged("skipped", 1, reason="a template of a Helm chart"),))


def _chart_templates(contents: Iterable[str]) -> set[str]:
    """The templates beside a Chart.yaml, which are no YAML before Helm has filled them in."""
    files = list(contents)
    charts = [file.removesuffix("Chart.yaml") for file in files if file == "Chart.yaml" or file.endswith("/Chart.yaml")]
    return {file for file in files for chart in charts if file.startswith(f"{chart}templates/")}


def _substituted(
    job: ValidateJob,
    tree: Tree,
    contents: Mapping[str, bytes],
    outcomes: dict[str, Outcome],
    spread: _Spread,
) -> dict[str, Outcome]:
    """Outcomes of files that hold variables, under the values of each build that takes them."""
    templated = {file for file, data in contents.items() if b"${" in data or b"$$" in data}
    templated -= _chart_templates(contents)
    if not templated:
        return outcomes
    under = covered(tree, job.given)
    given = Variables(job.given) if job.given else None
    asked: dict[str, list[Variables | None]] = {
        file: under.get(file, [given]) for file in templated if under.get(file) or given is not None
    }
    merged = dict(outcomes)
    rounds = max((len(held) for held in asked.values()), default=0)
    for number in range(rounds):
        wanted = {file: (contents[file], held[number]) for file, held in asked.items() if number < len(held)}
        for file, outcome in spread.judge(wanted).items():
            merged[file] = outcome if number == 0 else _both(merged[file], outcome)
    return merged


def _of_builds(
    job: ValidateJob, tree: Tree, rendered: Mapping[str, bytes], outcomes: Mapping[str, Outcome], spread: _Spread
) -> Iterable[tuple[str, Fault]]:
    """What is wrong with what kustomize has built and not with its files, told where the object stands."""
    under = covered(tree, job.given)
    asked: dict[str, tuple[bytes, Variables | None]] = {}
    for folder, text in rendered.items():
        values = [one for member in tree.unit(folder).members for one in under.get(member.file, ())]
        asked[f"{folder}/<built>"] = (text, values[0] if values else None)
    for name, outcome in spread.judge(asked).items():
        yield from told_at_source(tree, name.removesuffix("/<built>"), outcome, outcomes)


def _both(one: Outcome, other: Outcome) -> Outcome:
    """A file under two sets of variables: every fault once, of each document the worse."""
    rank = {"valid": 0, "skipped": 1, "error": 2, "invalid": 3}
    judged = tuple(
        max(pair, key=lambda held: rank[held.status]) for pair in zip(one.judged, other.judged, strict=False)
    )
    return Outcome(judged, tuple(dict.fromkeys((*one.faults, *other.faults))), one.facts)


def _result(path: str, outcome: Outcome, extra: Iterable[Fault], aside: str) -> FileResult:
    if aside:
        skipped = tuple(Judged("skipped", one.line, reason=aside) for one in outcome.judged)
        broken = tuple(fault for fault in outcome.faults if fault.code in ("HP901", "HP902"))
        if not broken:
            return FileResult(path, skipped, ())
    faults = sorted({*outcome.faults, *extra}, key=lambda fault: (fault.line, fault.column, fault.code, fault.message))
    judged = list(outcome.judged)
    for fault in extra:
        if fault.severity == "critical":
            _spoil(judged, fault.line)
    return FileResult(path, tuple(judged), tuple(faults))


def _spoil(judged: list[Judged], line: int) -> None:
    """The document that holds a line is invalid."""
    holding = max((index for index, one in enumerate(judged) if one.line <= line), default=0)
    if holding < len(judged) and judged[holding].status != "error":
        judged[holding] = msgspec.structs.replace(judged[holding], status="invalid", reason="", unjudged=False)


def _notes(tree: Tree) -> Iterable[str]:
    for file, fact in tree.flux:
        build = (fact.flux or {}).get("postBuild")
        for source in (build.get("substituteFrom") or []) if isinstance(build, dict) else []:
            if isinstance(source, dict) and not _known(tree, source):
                yield (
                    f"{source.get('kind')} {source.get('name')} is not in the tree: variables may come from it ({file})"
                )


def _known(tree: Tree, source: Mapping[str, object]) -> bool:
    wanted = (source.get("kind"), source.get("name"))
    every = [fact for held in tree.facts.values() for fact in held]
    return any((fact.kind, fact.name) == wanted or wanted in [made[:2] for made in fact.makes] for fact in every)
