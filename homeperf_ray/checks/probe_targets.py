"""What is to be probed: the targets that the cluster's objects name, as a check that finds nothing wrong."""

from __future__ import annotations

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Judgement
from homeperf_ray.checks.probe_codes import PROBE_CODES
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.probes.targets import READS, targets_of


def find_targets(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """What ingresses, Gateways, HTTPRoutes, Services and the API server lead to answers as it should, from here.

    Only with `--probe`.
    """
    found = targets_of(snapshot.tables)
    return Judgement("probes", 0, notes=found.notes, targets=found.targets)


PROBES_CHECK = Check(
    name="probes",
    domain="network",
    title="probes",
    needs=(),
    optional=READS,
    codes=PROBE_CODES,
    evaluate=find_targets,
    quiet=True,
    source="probes",
)
"""Part of a run with ``--probe``; its codes are given by ``checks.probed`` once the probes are done."""
