"""One file, judged by itself: YAML, schemas, rules. What it takes from others comes as values."""

from __future__ import annotations

from collections.abc import Mapping as Values
from pathlib import PurePath
from typing import Any

import msgspec

from homeperf_ray.manifests.apis import ENDED, is_builtin
from homeperf_ray.manifests.fact import Fact
from homeperf_ray.manifests.facts import fact_of
from homeperf_ray.manifests.fault import Collector, Fault, Judged, Status
from homeperf_ray.manifests.identity import Identity, identify
from homeperf_ray.manifests.kustomization import KUSTOMIZATION
from homeperf_ray.manifests.nearness import near
from homeperf_ray.manifests.outcome import Outcome
from homeperf_ray.manifests.reading import MAX_BYTES, Document, decode, each_document
from homeperf_ray.manifests.rules.objects import judge_object
from homeperf_ray.manifests.schemas import Found, SchemaError, Schemas
from homeperf_ray.manifests.substitution import disabled, substitute
from homeperf_ray.manifests.validator import Validator
from homeperf_ray.manifests.values import ROOT, Mapping, Place, Sequence, Unknown, place

_META = {"$ref": "#/$defs/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}


class Judge:
    """Judges files by one set of schemas. ``aim`` is the version of Kubernetes that is meant, where its schemas are
    those of another: what they do not know is then left unjudged.
    """

    def __init__(self, schemas: Schemas, *, strict: bool, aim: str = "") -> None:
        self._schemas = schemas
        self._near = aim not in ("", schemas.bundled.version)
        self._aim = aim or schemas.bundled.version
        self._minor = int(self._aim.partition(".")[2])
        self._validator = Validator(schemas.bundled.definition, strict=strict)

    @property
    def fingerprint(self) -> str:
        """What identifies the schemas."""
        return self._schemas.fingerprint

    def judge(self, data: bytes, path: PurePath, values: Values[str, str] | None = None) -> Outcome:
        """The outcome of a file. ``values`` are the variables that Flux substitutes in it, None where it does not."""
        if b"\0" in data[:8192] and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            return Outcome((Judged("skipped", 1, reason="no text"),))
        if len(data) > MAX_BYTES:
            fault = Fault("HP903", "error", 1, 1, f"has {len(data):,} bytes; more than {MAX_BYTES:,} are not read")
            return Outcome((Judged("error", 1),), (fault,))
        try:
            text = decode(data)
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            return _broken([Fault("HP901", "critical", line, 1, "is no UTF-8")])
        judged: list[Judged] = []
        faults: list[Fault] = []
        facts: list[Fact] = []
        for document in each_document(text):
            if isinstance(document, Document):
                self._document(document, path, values, judged, faults, facts)
            else:
                line, column = document.place
                faults.append(Fault("HP901", "critical", line, column, document.message))
                judged.append(Judged("invalid", line))
        return Outcome(tuple(judged), tuple(faults), tuple(facts))

    def _document(
        self,
        document: Document,
        path: PurePath,
        values: Values[str, str] | None,
        judged: list[Judged],
        faults: list[Fault],
        facts: list[Fact],
    ) -> None:
        who = identify(document.value, path)
        items = [document.value]
        if who.sort == "list":
            items = document.value["items"]
        if who.sort == "list" and not items:
            found = Collector()
            for problem in document.problems:
                found.at("HP902", problem.place, problem.message)
            faults += found.faults
            status: Status = "invalid" if found.faults else "skipped"
            judged.append(Judged(status, document.place.line, reason="" if found.faults else "an empty List"))
        for index, item in enumerate(items):
            identity = who if who.sort != "list" else identify(item, path)
            where = document.place
            if who.sort == "list":
                where = place(ROOT.at(document.value, "items").at(items, index))
            found = Collector(*_named(item, identity))
            if index == 0:
                for problem in document.problems:
                    found.at("HP902", problem.place, problem.message)
            one = self._item(item, identity, where, values, found, facts)
            judged.append(one)
            faults += found.faults

    def _item(
        self,
        value: Any,
        who: Identity,
        where: Place,
        values: Values[str, str] | None,
        found: Collector,
        facts: list[Fact],
    ) -> Judged:
        namespace, name = _named(value, who)
        reason, unjudged = "", False
        if who.sort == "broken":
            found.at("HP904", where, f"{who.reason}: every object has both apiVersion and kind")
        elif who.sort in ("other", "list"):
            if not found.faults:
                return Judged("skipped", where.line, reason=who.reason or "a List in a List")
        elif who.sort == "kustomization":
            facts.append(fact_of(value, who.group, who.kind))
            self._validator.judge(value, KUSTOMIZATION, ROOT, found)
        else:
            if encrypted(value):
                value = without_secrets(value)
            if values is not None and not disabled(value):
                value = substitute(value, values, ROOT, found)
            facts.append(fact_of(value, who.group, who.kind))
            reason = self._object(value, who, found)
            unjudged = bool(reason)
        if (who.group, who.kind) == ("", "Secret"):
            found.faults = [_discreet(fault) for fault in found.faults]
        if any(fault.severity == "critical" for fault in found.faults):
            return Judged("invalid", where.line, namespace, name)
        if any(fault.severity == "error" for fault in found.faults):
            return Judged("error", where.line, namespace, name)
        return Judged("skipped" if reason else "valid", where.line, namespace, name, reason, unjudged)

    def _object(self, value: dict[str, Any], who: Identity, found: Collector) -> str:
        """Judge an object; the reason where there is no schema."""
        api = f"{who.group}/{who.version}" if who.group else who.version
        ended = ENDED.get((api, who.kind))
        try:
            schema = self._schemas.find(who.group, who.version, who.kind)
        except SchemaError as error:
            found.add("HP903", ROOT.at(value, "kind"), str(error))
            return ""
        if ended and ended.removed <= self._minor:
            told = f"{api} {who.kind} was removed in Kubernetes 1.{ended.removed}: use {ended.instead}"
            found.add("HP906", ROOT.at(value, "apiVersion"), told)
            return ""
        if ended and ended.deprecated <= self._minor:
            told = f"{api} {who.kind} is deprecated since Kubernetes 1.{ended.deprecated}: use {ended.instead}"
            found.add("HP907", ROOT.at(value, "apiVersion"), told)
        if schema is None and is_builtin(who.group) and self._near:
            judge_object(value, who.group, who.kind, found)
            nearest = self._schemas.bundled.version
            return f"no schema of {api} {who.kind} in Kubernetes {nearest}, the nearest to {self._aim}"
        if schema is None and is_builtin(who.group):
            found.add("HP905", ROOT.at(value, "kind"), self._unknown_kind(api, who.kind))
            return ""
        if schema is None:
            judge_object(value, who.group, who.kind, found)
            others = self._schemas.versions(who.group, who.kind)
            more = f"; there is one of {', '.join(others)}" if others else ""
            return f"no schema of {api} {who.kind}{more}"
        if schema.deprecated:
            found.add("HP907", ROOT.at(value, "apiVersion"), schema.deprecated)
        self._validator.judge(value, _complete(schema, who.group), ROOT, found)
        judge_object(value, who.group, who.kind, found)
        return ""

    def _unknown_kind(self, api: str, kind: str) -> str:
        bundled = self._schemas.bundled
        said = f"Kubernetes {bundled.version} has no {kind} in {api}"
        if others := bundled.elsewhere(kind):
            return f"{said}; did you mean {' or '.join(others[:3])}?"
        better = near(kind, bundled.kinds())
        return f"{said}; did you mean {better}?" if better else said


def _discreet(fault: Fault) -> Fault:
    """A fault of a Secret's data without the value."""
    told = fault.field.startswith(("data", "stringData")) and fault.code in ("HP910", "HP913", "HP914")
    if not told:
        return fault
    message = "is no base64; stringData takes plain text" if fault.code == "HP914" else "must be a string in quotes"
    return msgspec.structs.replace(fault, message=message)


def _broken(faults: list[Fault]) -> Outcome:
    return Outcome((Judged("invalid", faults[0].line),), tuple(faults))


def _named(value: Any, who: Identity) -> tuple[str, str]:
    """The namespace and ``Kind/name`` of an object, as it says itself."""
    if not isinstance(value, dict) or who.sort in ("other", "list"):
        return "", ""
    meta = value.get("metadata")
    meta = meta if isinstance(meta, dict) else {}
    kind = who.kind or str(value.get("kind") or "?")
    name = str(meta.get("name") or meta.get("generateName") or "?")
    space = meta.get("namespace")
    return (space if isinstance(space, str) else ""), (kind if who.sort == "kustomization" else f"{kind}/{name}")


def _complete(found: Found, group: str) -> dict[str, Any]:
    """A schema that also knows what every object has: apiVersion, kind and metadata."""
    if is_builtin(group):
        return found.schema
    properties = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, **found.schema.get("properties", {})}
    if not found.schema.get("properties") and "x-kubernetes-preserve-unknown-fields" not in found.schema:
        return {"properties": {**properties, "metadata": _META}, "x-kubernetes-preserve-unknown-fields": True}
    return {**found.schema, "properties": {**properties, "metadata": _META}}


def encrypted(value: Any) -> bool:
    """Whether SOPS has encrypted values of an object."""
    mark = value.get("sops") if isinstance(value, dict) else None
    return isinstance(mark, dict) and ("mac" in mark or "lastmodified" in mark)


def without_secrets(value: Any) -> Any:
    """A copy in which nobody knows what is encrypted, and without what SOPS has added."""
    if isinstance(value, Mapping):
        copy = Mapping(value.mark)
        copy.places = value.places
        copy.update({key: without_secrets(one) for key, one in value.items() if key != "sops"})
        return copy
    if isinstance(value, Sequence):
        items = Sequence(value.mark)
        items.marks = value.marks
        items.extend(without_secrets(one) for one in value)
        return items
    return Unknown(value) if isinstance(value, str) and value.startswith("ENC[") else value
