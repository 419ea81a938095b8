"""What only a whole tree can tell: objects that are there twice, references that point nowhere.

Nothing is said of what may come from elsewhere: a Helm chart, another repository, an operator, somebody's hand.
"""

from __future__ import annotations

from collections.abc import Iterator

from homeperf_ray.manifests.fact import Fact, Reference
from homeperf_ray.manifests.fault import Fault
from homeperf_ray.manifests.flux import refused
from homeperf_ray.manifests.nearness import near
from homeperf_ray.manifests.pointing import Found, fault_of, pointing
from homeperf_ray.manifests.tree import Member, Tree, Unit

_INERT = frozenset(
    {"ExternalSecret", "ClusterExternalSecret", "Certificate", "Issuer", "ClusterIssuer", "ServiceMonitor"}
    | {"PodMonitor", "PrometheusRule", "ObjectBucketClaim", "SealedSecret", "GitRepository", "OCIRepository"}
    | {"HelmRepository", "HTTPRoute", "Gateway", "VolumeSnapshotClass", "DNSEndpoint"}
)
_NATIVE = frozenset({"", "apps", "batch", "policy", "autoscaling", "networking.k8s.io", "rbac.authorization.k8s.io"})
_ALWAYS = frozenset({("ConfigMap", "kube-root-ca.crt")})


def across(tree: Tree) -> Iterator[Found]:
    """Every fault between objects, with its file."""
    seen: set[Found] = set()
    for found in (*tree.missing(), *refused(tree), *_in_units(tree)):
        if found not in seen:
            seen.add(found)
            yield found


Named = dict[tuple[str, str], set[str]]
"""The namespaces in which objects are, by kind and name; empty for one that does not say."""


def _in_units(tree: Tree) -> Iterator[Found]:
    units = [
        (unit, [(member, fact) for member in unit.members for fact in tree.facts.get(member.file, ())])
        for unit in tree.units
    ]
    everywhere: Named = {}
    for _, held in units:
        for member, fact in held:
            _, kind, namespace, name = member.identity(fact)
            for made, called in ((kind, name), *(one[:2] for one in fact.makes)):
                everywhere.setdefault((made, called), set()).add(namespace)
    for unit, held in units:
        yield from _duplicates(held)
        yield from _references(unit, held, everywhere)


def _duplicates(held: list[tuple[Member, Fact]]) -> Iterator[Found]:
    first: dict[tuple[str, str, str, str], tuple[Member, Fact]] = {}
    for member, fact in held:
        if not fact.name or fact.kustomize is not None or "$" in fact.name:
            continue
        identity = member.identity(fact)
        if identity not in first:
            first[identity] = (member, fact)
            continue
        other, earlier = first[identity]
        same = other.file == member.file and earlier.line == fact.line
        where = "the same build takes this file twice" if same else f"first in {other.file}:{earlier.line}"
        yield member.file, fault_of("HP930", "critical", fact, f"is there twice: {where}", field="metadata.name")


def _references(unit: Unit, held: list[tuple[Member, Fact]], everywhere: Named) -> Iterator[Found]:
    facts = [fact for _, fact in held]
    closed = not unit.open and all(fact.group in _NATIVE or fact.kind in _INERT for fact in facts)
    known: dict[str, set[str]] = {"ConfigMap": set(), "Secret": set(), "PersistentVolumeClaim": set(), "Service": set()}
    for fact in facts:
        if fact.kind in known:
            known[fact.kind].add(fact.name)
        for kind, name, _ in fact.makes:
            known.setdefault(kind, set()).add(name)
    for kind, name in unit.generated:
        known[kind].add(name)
    for member, fact in held:
        for ref in fact.references if fact.kind != "HelmRelease" else ():
            if ref.kind not in known or _is_elsewhere(ref, member.identity(fact)[2], known[ref.kind], everywhere):
                continue
            if fault := _judge(fact, ref, known[ref.kind], facts, closed=closed):
                yield member.file, fault
        if fact.selector and closed and (fault := _judge_selector(fact, facts)):
            yield member.file, fault


def _is_elsewhere(ref: Reference, namespace: str, known: set[str], everywhere: Named) -> bool:
    """Whether another build brings what is not beside a reference, into the same namespace as far as they say."""
    spaces = everywhere.get((ref.kind, ref.name), set())
    return ref.name not in known and bool(spaces & {namespace, ""} or (spaces and not namespace))


def _judge(fact: Fact, ref: Reference, known: set[str], facts: list[Fact], *, closed: bool) -> Fault | None:
    if ref.name in known:
        if ref.kind == "Service" and ref.port:
            return _judge_port(fact, ref, facts)
        return None
    if (ref.kind, ref.name) in _ALWAYS:
        return None
    if not closed or not known or (ref.kind == "Secret" and near(ref.name, known) is None):
        return None
    return pointing(fact, ref, known, "HP934", "beside it")


def _judge_port(fact: Fact, ref: Reference, facts: list[Fact]) -> Fault | None:
    ports = {port for one in facts if one.kind == "Service" and one.name == ref.name for port in one.ports}
    if not ports or ref.port in ports:
        return None
    told = f"the Service {ref.name} has no port {ref.port}: it has {', '.join(sorted(ports))}"
    return fault_of("HP934", "warning", fact, told, ref.line, ref.column, ref.field)


def _judge_selector(fact: Fact, facts: list[Fact]) -> Fault | None:
    """A Service that selects nothing, where pods beside it have the labels and other values."""
    wanted = fact.selector or {}
    pods = [one for one in facts if one.labels]
    if not pods or any(wanted.items() <= (one.labels or {}).items() for one in pods):
        return None
    close = [one for one in pods if wanted.keys() <= (one.labels or {}).keys()]
    if not close:
        return None
    labels = ", ".join(f"{key}={value}" for key, value in wanted.items())
    other = ", ".join(f"{key}={(close[0].labels or {})[key]}" for key in wanted)
    told = f"selects {labels}, and no pod beside it has that; {close[0].kind} {close[0].name} has {other}"
    return fault_of("HP934", "warning", fact, told, field="spec.selector")
