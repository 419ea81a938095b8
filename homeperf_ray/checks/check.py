"""What a check is: its needs, its codes, and a pure function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from homeperf_ray.checks.finding import Code, Judgement, Scope
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.kube.resources import GroupResource

Source = Literal["lists", "exec", "probes", "kubelet"]


@dataclass(frozen=True)
class Check:
    """One check. ``evaluate`` is pure: it reads the snapshot and never the cluster.

    - ``needs``: resources without which there is nothing to judge. One that the cluster does not serve makes
      ``unserved_note`` a note; one that could not be read makes an error finding.
    - ``optional``: resources that sharpen the judgement; ``snapshot.get`` gives None where they are not served.
    - ``splits``: whether the namespaces may be judged in batches, each on its own, with the same result.
    - ``whole_cluster``: whether it means anything only without ``-n``.
    - ``quiet``: whether a resource that may not be read is a note and not an error finding.
    - ``source``: where its facts come from: ``lists`` of resources; ``exec`` or ``probes``, which are asked only where
      the user wants it, and need no resource; or ``kubelet``, the statistics of kubelets, where he wants those.
    """

    name: str
    domain: Scope
    title: str
    needs: tuple[GroupResource, ...]
    codes: tuple[Code, ...]
    evaluate: Callable[[Snapshot, Thresholds], Judgement]
    optional: tuple[GroupResource, ...] = ()
    splits: bool = False
    whole_cluster: bool = False
    quiet: bool = False
    unserved_note: str = ""
    source: Source = "lists"
