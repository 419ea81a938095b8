"""Validation of a tree: read, judge each file where a result is not kept, then judge the tree as a whole."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from homeperf_ray import __version__
from homeperf_ray.executor.validation.contents import Places, chart_templates, find, load
from homeperf_ray.executor.validation.job import ValidateJob
from homeperf_ray.executor.validation.phases import Phases
from homeperf_ray.executor.validation.report import FileResult, Validation
from homeperf_ray.executor.validation.result import both, result_of, without_known
from homeperf_ray.executor.validation.spread import Elsewhere, Spread
from homeperf_ray.manifests.batch import Options, schemas_of
from homeperf_ray.manifests.crossing import across
from homeperf_ray.manifests.envsubst import Variables
from homeperf_ray.manifests.fault import Fault, Judged
from homeperf_ray.manifests.flux import unseen_sources
from homeperf_ray.manifests.outcome import Outcome
from homeperf_ray.manifests.rendering import build_all, told_at_source
from homeperf_ray.manifests.schemas import definitions
from homeperf_ray.manifests.store import Results
from homeperf_ray.manifests.tree import Tree
from homeperf_ray.manifests.variables import covered

_TEMPLATE = Outcome((Judged("skipped", 1, reason="a template of a Helm chart"),))
_BUILT = "/<built>"


def validate(job: ValidateJob, elsewhere: Elsewhere | None = None, *, processes: int | None = None) -> Validation:
    """Validate. Files are judged ``elsewhere`` where it takes them; else here, in ``processes`` where that pays.

    Raises SchemaError for schemas that cannot be used.
    """
    started, clock = time.time(), time.perf_counter()
    phases = Phases(job.run, job.operations)
    with phases.phase("find") as found:
        places = find(job)
        found.items = len(places.full)
    with phases.phase("load") as loaded:
        contents, unreadable = load(job, places)
        loaded.items, loaded.bytes = len(contents), sum(map(len, contents.values()))
    with phases.phase("schemas"):
        options = _with_definitions(job.options, contents)
        results = Results(Path(job.cache) if job.cache else None, _fingerprint(options))
    spread = Spread(options, results, phases, elsewhere, processes)
    templates = chart_templates(tuple(contents))
    outcomes = spread.judge({file: (data, None) for file, data in contents.items() if file not in templates}, "judge")
    outcomes |= dict.fromkeys(templates, _TEMPLATE)
    outcomes = _substituted(job, _tree(job, outcomes), contents, outcomes, spread)
    tree = _tree(job, outcomes)
    extra: dict[str, list[Fault]] = {}
    with phases.phase("render") as rendered:
        built, texts = build_all(tree, job.render)
        rendered.items, rendered.bytes = len(texts), sum(map(len, texts.values()))
    of_builds = list(_of_builds(job, tree, texts, outcomes, spread))
    with phases.phase("references") as crossed:
        for file, fault in (*across(tree), *of_builds, *built.faults):
            extra.setdefault(file, []).append(fault)
        crossed.items = len(outcomes)
    results.save()
    return Validation(
        version=options.aim or options.version,
        started=started,
        duration=time.perf_counter() - clock,
        files=_files(job, places, outcomes, extra, unreadable, tree),
        notes=(*built.notes, *unseen_sources(tree), *_left_out(places)),
        runner=spread.runner,
        workers=spread.workers,
        known=len(contents),
        kept=results.hits,
        operations=tuple(phases.rows),
    )


def _tree(job: ValidateJob, outcomes: Mapping[str, Outcome]) -> Tree:
    return Tree(Path(job.root), {file: outcome.facts for file, outcome in outcomes.items()})


def _files(
    job: ValidateJob,
    places: Places,
    outcomes: Mapping[str, Outcome],
    extra: Mapping[str, list[Fault]],
    unreadable: Iterable[tuple[str, Fault]],
    tree: Tree,
) -> tuple[FileResult, ...]:
    """What is said of each file that is reported on, in their order."""
    today = datetime.now().astimezone().date()
    aside = tree.set_aside()
    files = [FileResult(path, (Judged("error", 1),), (fault,)) for path, fault in unreadable]
    for inner, name in places.names.items():
        if inner in outcomes:
            result = result_of(name, outcomes[inner], extra.get(inner, ()), aside.get(inner, ""))
            files.append(without_known(result, inner, job.suppressions, today) if job.suppressions else result)
    return tuple(sorted(files, key=lambda file: file.path))


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
    own = Path(__file__).parents[2] / "manifests"
    code = sorted((str(file), file.stat().st_mtime_ns) for file in own.rglob("*.py"))
    schemas = schemas_of(options).fingerprint
    return hashlib.sha256(f"{__version__} {schemas} {options.strict} {options.aim} {code}".encode()).hexdigest()


def _substituted(
    job: ValidateJob,
    tree: Tree,
    contents: Mapping[str, bytes],
    outcomes: dict[str, Outcome],
    spread: Spread,
) -> dict[str, Outcome]:
    """Outcomes of files that hold variables, under the values of each build that takes them."""
    templated = {file for file, data in contents.items() if b"${" in data or b"$$" in data}
    templated -= chart_templates(tuple(contents))
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
        for file, outcome in spread.judge(wanted, "substitute").items():
            merged[file] = outcome if number == 0 else both(merged[file], outcome)
    return merged


def _of_builds(
    job: ValidateJob, tree: Tree, rendered: Mapping[str, bytes], outcomes: Mapping[str, Outcome], spread: Spread
) -> Iterable[tuple[str, Fault]]:
    """What is wrong with what kustomize has built and not with its files, told where the object stands."""
    if not rendered:
        return
    under = covered(tree, job.given)
    asked: dict[str, tuple[bytes, Variables | None]] = {}
    for folder, text in rendered.items():
        values = [one for member in tree.unit(folder).members for one in under.get(member.file, ())]
        asked[f"{folder}{_BUILT}"] = (text, values[0] if values else None)
    for name, outcome in spread.judge(asked, "judge").items():
        yield from told_at_source(tree, name.removesuffix(_BUILT), outcome, outcomes)


def _left_out(places: Places) -> Iterable[str]:
    if places.excluded:
        yield f"{places.excluded} files were left out, as exclude says"
