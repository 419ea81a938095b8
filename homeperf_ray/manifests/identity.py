"""What a document is: an object of a cluster, a kustomization, or something that a cluster never sees."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Any, Literal, NamedTuple

KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")

_NO_OBJECTS = {
    "kubeadm.k8s.io": "a configuration of kubeadm",
    "kubelet.config.k8s.io": "a configuration of the kubelet",
    "kubeproxy.config.k8s.io": "a configuration of kube-proxy",
    "kubescheduler.config.k8s.io": "a configuration of the scheduler",
    "apiserver.config.k8s.io": "a configuration of the API server",
    "audit.k8s.io": "a configuration of the API server",
    "client.authentication.k8s.io": "an answer of a credential plugin",
    "kind.x-k8s.io": "a configuration of kind",
    "k3d.io": "a configuration of k3d",
    "backstage.io": "an entity of Backstage",
    "tilt.dev": "a configuration of Tilt",
    "ctlptl.dev": "a configuration of ctlptl",
    "skaffold": "a configuration of Skaffold",
}
_SHAPES: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"creation_rules"}), "a configuration of SOPS"),
    (frozenset({"machine", "cluster"}), "a configuration of Talos"),
    (frozenset({"nameReference"}), "a configuration of kustomize"),
    (frozenset({"on", "jobs"}), "a GitHub workflow"),
    (frozenset({"true", "jobs"}), "a GitHub workflow"),
    (frozenset({"repos"}), "a configuration of pre-commit"),
    (frozenset({"services"}), "a Compose file"),
    (frozenset({"version", "tasks"}), "a Taskfile"),
    (frozenset({"releases"}), "a helmfile"),
)

_PLACEHOLDER = re.compile(r"<[\w -]+>")

Sort = Literal["object", "kustomization", "list", "broken", "other"]


class Identity(NamedTuple):
    """What a document is. ``reason`` says what another thing is, or what an object lacks."""

    sort: Sort
    group: str = ""
    version: str = ""
    kind: str = ""
    reason: str = ""


def identify(value: Any, path: PurePath) -> Identity:  # noqa: C901, PLR0911 - one case a line
    """What a document is, by its content and its file."""
    if ".github" in path.parts:
        return Identity("other", reason="a file of GitHub")
    if not isinstance(value, dict):
        return Identity("other", reason="no mapping")
    api, kind = value.get("apiVersion"), value.get("kind")
    own = kind is None or str(kind) in ("Kustomization", "Component")
    if path.name in KUSTOMIZATIONS and own and (api is None or str(api).startswith("kustomize.config.k8s.io/")):
        return Identity("kustomization", "kustomize.config.k8s.io", "v1beta1", str(kind or "Kustomization"))
    if isinstance(api, str) and isinstance(kind, str) and api and kind:
        return _object(api, kind, value)
    if path.name == "Chart.yaml" or (isinstance(api, str) and "dependencies" in value):
        return Identity("other", reason="a Helm chart")
    for shape, reason in _SHAPES:
        if shape <= value.keys() and "apiVersion" not in value and "kind" not in value:
            return Identity("other", reason=reason)
    has_meta = isinstance(value.get("metadata"), dict)
    if "apiVersion" in value and "kind" in value:
        wrong = "apiVersion" if not isinstance(api, str) or not api else "kind"
        return Identity("broken", reason=f"{wrong} must be a string that is not empty")
    if "kind" in value and (has_meta or "spec" in value):
        return Identity("broken", reason="apiVersion is missing")
    if "apiVersion" in value and (has_meta or "spec" in value):
        return Identity("broken", reason="kind is missing")
    if has_meta and "name" in value["metadata"] and "spec" in value:
        return Identity("broken", reason="apiVersion and kind are missing")
    if path.name.startswith("values") or "values" in path.stem:
        return Identity("other", reason="values of Helm")
    return Identity("other", reason="no apiVersion and no kind")


def _object(api: str, kind: str, value: dict[str, Any]) -> Identity:  # noqa: PLR0911 - one case a line
    group, _, version = api.rpartition("/")
    if api == "v1" and kind == "Config" and ("contexts" in value or "clusters" in value):
        return Identity("other", reason="a kubeconfig")
    if api == "v1alpha1":
        return Identity("other", reason="a configuration of Talos")
    if group in _NO_OBJECTS:
        return Identity("other", reason=_NO_OBJECTS[group])
    if group == "kustomize.config.k8s.io":
        return Identity("kustomization", group, version, kind)
    if kind.endswith("List") and isinstance(value.get("items"), list):
        return Identity("list", group, version, kind)
    meta = value.get("metadata")
    if isinstance(meta, dict) and _PLACEHOLDER.search(f"{meta.get('name')} {meta.get('namespace')}"):
        return Identity("other", reason="a template: its name is a <placeholder>")
    return Identity("object", group, version, kind)
