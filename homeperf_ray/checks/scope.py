"""The scope: do the namespaces exist that the user named?"""

from __future__ import annotations

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Judgement
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.checks.unjudged import NO_NAMESPACE
from homeperf_ray.checks.verdict import Verdict
from homeperf_ray.kube.resources import NAMESPACES


def judge_scope(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Every namespace that was named exists, as far as the user may see."""
    table = snapshot.get(NAMESPACES)
    named = snapshot.namespaces or ()
    if table is None:
        return Verdict("scope", "cluster", 0).judgement()
    known = table["name"].to_pylist()
    missing = [name for name in named if name not in known]
    verdict = Verdict("scope", "cluster", len(named))
    for name in missing:
        verdict.found(NO_NAMESPACE, "Namespace", {"name": name}, f"there is no namespace {name}{_nearest(name, known)}")
    return verdict.judgement()


def _nearest(name: str, known: list[str]) -> str:
    import difflib

    near = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]}?" if near else ""


SCOPE_CHECK = Check(
    name="scope",
    domain="cluster",
    title="namespaces",
    needs=(),
    optional=(NAMESPACES,),
    codes=(NO_NAMESPACE,),
    evaluate=judge_scope,
    quiet=True,
)
"""Part of every run with ``-n``."""
