"""The facts of an object: read from its values."""

from __future__ import annotations

from typing import Any

from homeperf_ray.manifests.fact import Fact, Reference
from homeperf_ray.manifests.rules.pods import each, template
from homeperf_ray.manifests.values import ROOT, Path, Unknown, place

_GENERATOR = ("name", "files", "envs", "env")
_DATA_BOUND = 4_000
"""Characters of a ConfigMap whose values may be variables; files are larger."""

_KUSTOMIZE = (
    "resources", "bases", "components", "patches", "patchesStrategicMerge", "patchesJson6902", "configurations",
    "transformers", "generators", "validators", "crds", "replacements", "configMapGenerator", "secretGenerator",
    "helmCharts", "namespace", "namePrefix", "nameSuffix", "openapi",
)  # fmt: skip
_FLUX = ("path", "postBuild", "sourceRef", "targetNamespace", "patches", "components", "ignoreMissingComponents")


def fact_of(value: dict[str, Any], group: str, kind: str) -> Fact:
    """The fact of an object or kustomization."""
    meta = value.get("metadata")
    meta = meta if isinstance(meta, dict) else {}
    where = place(ROOT.at(value, "metadata").at(meta, "name")) if "name" in meta else place(ROOT.at(value, "kind"))
    spec = value.get("spec")
    spec = spec if isinstance(spec, dict) else {}
    pod = template(value, group, kind)
    labels = None
    references: list[Reference] = []
    if pod:
        held = pod[0].get("metadata")
        labels = _texts(held.get("labels")) if isinstance(held, dict) else {}
        if isinstance(pod[0].get("spec"), dict):
            references += _of_pod(pod[0]["spec"], pod[1].at(pod[0], "spec"))
    references += _of_kind(spec, kind, group, ROOT.at(value, "spec"))
    flux = {key: spec[key] for key in _FLUX if key in spec} if group == "kustomize.toolkit.fluxcd.io" else None
    if flux is not None and "path" in spec:
        flux["place"] = list(place(ROOT.at(value, "spec").at(spec, "path")))
    return Fact(
        group=group,
        kind=kind,
        namespace=_text(meta.get("namespace")),
        name=_text(meta.get("name")),
        line=where.line,
        column=where.column,
        references=tuple(references),
        labels=labels,
        selector=_texts(spec.get("selector")) if (group, kind) == ("", "Service") else None,
        ports=_ports(spec) if (group, kind) == ("", "Service") else (),
        data=_data(value) if group == "" and kind in ("ConfigMap", "Secret") else None,
        makes=tuple(_makes(meta, spec, kind)),
        flux=flux,
        kustomize=_kustomize(value) if group == "kustomize.config.k8s.io" else None,
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) and not isinstance(value, Unknown) else ""


def _texts(value: Any) -> dict[str, str] | None:
    if not isinstance(value, dict):
        return None
    return {key: str(one) for key, one in value.items() if not isinstance(one, Unknown)}


def _ports(spec: dict[str, Any]) -> tuple[str, ...]:
    return tuple(str(port[key]) for port, _ in each(spec, "ports", ROOT) for key in ("port", "name") if key in port)


def _data(value: dict[str, Any]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for part in ("data", "stringData"):
        held = value.get(part)
        for key, one in held.items() if isinstance(held, dict) else ():
            if value.get("kind") == "Secret":
                found[key] = None
                continue
            plain = isinstance(one, str) and not isinstance(one, Unknown) and len(one) <= _DATA_BOUND
            found[key] = one if plain else None
    return found


def _makes(meta: dict[str, Any], spec: dict[str, Any], kind: str) -> Any:
    """Secrets and ConfigMaps that a controller makes, with their keys where they are known."""
    name = _text(meta.get("name"))
    if kind in ("ExternalSecret", "ClusterExternalSecret"):
        target = spec.get("target")
        target = target if isinstance(target, dict) else {}
        made = target.get("template")
        keys = [_text(one.get("secretKey")) for one, _ in each(spec, "data", ROOT)]
        known = not spec.get("dataFrom") and not made and all(keys)
        yield "Secret", _text(target.get("name")) or name, tuple(keys) if known else ("*",)
    elif kind == "Certificate":
        yield "Secret", _text(spec.get("secretName")), ("tls.crt", "tls.key", "ca.crt")
    elif kind in ("SealedSecret", "SopsSecret", "OnePasswordItem", "VaultStaticSecret", "InfisicalSecret"):
        yield "Secret", name, ("*",)
    elif kind == "ObjectBucketClaim":
        yield "Secret", name, ("*",)
        yield "ConfigMap", name, ("*",)


def _reference(kind: str, holder: dict[str, Any], key: str, path: Path, namespace: str = "", port: str = "") -> Any:
    name = _text(holder.get(key))
    if name and "$" not in name:
        way = path.at(holder, key)
        where = place(way)
        yield Reference(kind, name, namespace, where.line, where.column, str(way), port)


def _of_pod(spec: dict[str, Any], path: Path) -> Any:
    yield from _of_volumes(spec, path)
    yield from _of_containers(spec, path)


def _of_volumes(spec: dict[str, Any], path: Path) -> Any:
    for volume, way in each(spec, "volumes", path):
        projected = volume.get("projected")
        for source, here in each(projected, "sources", way.at(volume, "projected")):
            for kind, part in (("ConfigMap", "configMap"), ("Secret", "secret")):
                held = source.get(part)
                if isinstance(held, dict) and held.get("optional") is not True:
                    yield from _reference(kind, held, "name", here.at(source, part))
        for kind, part, key in (
            ("ConfigMap", "configMap", "name"),
            ("Secret", "secret", "secretName"),
            ("PersistentVolumeClaim", "persistentVolumeClaim", "claimName"),
        ):
            held = volume.get(part)
            if isinstance(held, dict) and held.get("optional") is not True:
                yield from _reference(kind, held, key, way.at(volume, part))


def _of_containers(spec: dict[str, Any], path: Path) -> Any:
    for part in ("containers", "initContainers"):
        for container, way in each(spec, part, path):
            for source, here in each(container, "envFrom", way):
                for kind, key in (("ConfigMap", "configMapRef"), ("Secret", "secretRef")):
                    held = source.get(key)
                    if isinstance(held, dict) and held.get("optional") is not True:
                        yield from _reference(kind, held, "name", here.at(source, key))
            for variable, here in each(container, "env", way):
                origin = variable.get("valueFrom")
                for kind, key in (("ConfigMap", "configMapKeyRef"), ("Secret", "secretKeyRef")):
                    held = origin.get(key) if isinstance(origin, dict) else None
                    if isinstance(held, dict) and held.get("optional") is not True:
                        yield from _reference(kind, held, "name", here.at(variable, "valueFrom").at(origin, key))


def _of_kind(spec: dict[str, Any], kind: str, group: str, path: Path) -> Any:
    if kind == "Ingress" and group == "networking.k8s.io":
        for rule, way in each(spec, "rules", path):
            for one, here in each(rule.get("http"), "paths", way.at(rule, "http")):
                backend = one.get("backend")
                service = backend.get("service") if isinstance(backend, dict) else None
                if isinstance(service, dict) and isinstance(backend, dict):
                    held = service.get("port")
                    port = str(held.get("number") or held.get("name") or "") if isinstance(held, dict) else ""
                    way_ = here.at(one, "backend").at(backend, "service")
                    yield from _reference("Service", service, "name", way_, port=port)
    elif kind == "HelmRelease":
        chart = spec.get("chart")
        inner = chart.get("spec") if isinstance(chart, dict) else None
        source = inner.get("sourceRef") if isinstance(inner, dict) else None
        if isinstance(source, dict) and isinstance(chart, dict) and isinstance(inner, dict):
            way = path.at(spec, "chart").at(chart, "spec").at(inner, "sourceRef")
            yield from _reference(_text(source.get("kind")), source, "name", way, _text(source.get("namespace")))
        ref = spec.get("chartRef")
        if isinstance(ref, dict):
            way = path.at(spec, "chartRef")
            yield from _reference(_text(ref.get("kind")), ref, "name", way, _text(ref.get("namespace")))


def _kustomize(value: dict[str, Any]) -> dict[str, Any]:
    found = {key: value[key] for key in _KUSTOMIZE if value.get(key)}
    for key in ("configMapGenerator", "secretGenerator"):
        listed = found.get(key)
        if isinstance(listed, list):
            named = [one for one in listed if isinstance(one, dict)]
            found[key] = [
                {part: one[part] for part in ("name", "files", "envs", "env") if part in one} for one in named
            ]
        found[f"{key}@"] = _generator_places(value, key)
    for key in ("resources", "components", "bases", "patches", "patchesStrategicMerge"):
        listed = value.get(key)
        if isinstance(listed, list):
            under = ROOT.at(value, key)
            found[f"{key}@"] = [list(place(under.at(listed, index))) for index in range(len(listed))]
    return found


def _generator_places(value: dict[str, Any], key: str) -> dict[str, list[int]]:
    """Where the files of generators are named."""
    found: dict[str, list[int]] = {}
    for one, way in each(value, key, ROOT):
        if isinstance(one.get("env"), str):
            found[one["env"]] = list(place(way.at(one, "env")))
        for part in ("files", "envs"):
            listed = one.get(part)
            for index, entry in enumerate(listed if isinstance(listed, list) else []):
                if isinstance(entry, str):
                    found[entry.rpartition("=")[2]] = list(place(way.at(one, part).at(listed, index)))
    return found
