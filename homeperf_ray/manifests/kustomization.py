"""The schema of kustomization.yaml.

Source: https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/
"""

from __future__ import annotations

from typing import Any

_TEXT: dict[str, Any] = {"type": "string"}
_TEXTS: dict[str, Any] = {"type": "array", "items": _TEXT, "nullable": True}
_FREE: dict[str, Any] = {"type": "object", "x-kubernetes-preserve-unknown-fields": True, "nullable": True}
_MAP: dict[str, Any] = {"type": "object", "additionalProperties": {}, "nullable": True}
_FREE_LIST: dict[str, Any] = {"type": "array", "items": _FREE, "nullable": True}
_OPTIONS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "labels": _MAP,
        "annotations": _MAP,
        "disableNameSuffixHash": {"type": "boolean"},
        "immutable": {"type": "boolean"},
    },
}
_TARGET: dict[str, Any] = {
    "type": "object",
    "properties": dict.fromkeys(
        ("group", "version", "kind", "name", "namespace", "labelSelector", "annotationSelector"), _TEXT
    ),
}


def _of(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def _generators(**more: Any) -> dict[str, Any]:
    one = _of(
        name=_TEXT, namespace=_TEXT, behavior={"type": "string", "enum": ["create", "replace", "merge"]}, files=_TEXTS,
        literals=_TEXTS, envs=_TEXTS, env=_TEXT, options=_OPTIONS, **more,
    )  # fmt: skip
    return {"type": "array", "items": one, "nullable": True}


_PATCHES: dict[str, Any] = {
    "type": "array",
    "nullable": True,
    "items": {
        **_of(path=_TEXT, patch=_TEXT, target=_TARGET, options=_FREE),
        "anyOf": [{"required": ["path"]}, {"required": ["patch"]}],
    },
}

KUSTOMIZATION: dict[str, Any] = _of(
    apiVersion=_TEXT,
    kind={"type": "string", "enum": ["Kustomization", "Component"]},
    metadata=_FREE,
    resources=_TEXTS,
    bases=_TEXTS,
    components=_TEXTS,
    crds=_TEXTS,
    configurations=_TEXTS,
    generators=_TEXTS,
    transformers=_TEXTS,
    validators=_TEXTS,
    namespace=_TEXT,
    namePrefix=_TEXT,
    nameSuffix=_TEXT,
    commonLabels=_MAP,
    commonAnnotations=_MAP,
    labels={
        "type": "array",
        "items": _of(
            pairs=_MAP,
            includeSelectors={"type": "boolean"},
            includeTemplates={"type": "boolean"},
            fields=_FREE_LIST,
        ),
    },
    images={"type": "array", "items": _of(name=_TEXT, newName=_TEXT, newTag=_TEXT, digest=_TEXT, tagSuffix=_TEXT)},
    replicas={"type": "array", "items": _of(name=_TEXT, count={"type": "integer"})},
    patches=_PATCHES,
    patchesStrategicMerge=_TEXTS,
    patchesJson6902={"type": "array", "items": _of(path=_TEXT, patch=_TEXT, target=_TARGET)},
    replacements=_FREE_LIST,
    vars=_FREE_LIST,
    configMapGenerator=_generators(),
    secretGenerator=_generators(type=_TEXT),
    generatorOptions=_OPTIONS,
    helmCharts=_FREE_LIST,
    helmGlobals=_FREE,
    helmChartInflationGenerator=_FREE_LIST,
    openapi=_MAP,
    buildMetadata=_TEXTS,
    sortOptions=_FREE,
    inventory=_FREE,
)
