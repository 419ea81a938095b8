"""Discovery: what a server says that it serves, plain and aggregated."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha512
from typing import Any

import msgspec

from homeperf_ray.sim import scale
from homeperf_ray.sim.apis import Apis, Kind, Served

_PATCHES = {20: 15, 31: 13, 32: 9, 33: 5, 34: 1}


def git_version(minor: int) -> str:
    """``v1.34.1`` for 34."""
    return f"v1.{minor}.{_PATCHES.get(minor, 0)}"


def version(minor: int) -> bytes:
    """The answer to /version, which is for people, too."""
    told = msgspec.json.encode(
        {
            "major": "1",
            "minor": str(minor),
            "gitVersion": git_version(minor),
            "gitCommit": "5f2a1f0b7c1c4d1e9b0a3b6d8e4c7f1029384756",
            "gitTreeState": "clean",
            "buildDate": "2025-06-17T18:32:08Z",
            "goVersion": "go1.24.4" if minor >= 30 else "go1.15.15",
            "compiler": "gc",
            "platform": "linux/amd64",
        }
    )
    return msgspec.json.format(told, indent=2)


_STATUS_VERBS = ("get", "patch", "update")


_BELOW: dict[str, dict[str, tuple[str, ...]]] = {
    "pods": {"exec": ("create", "get"), "log": ("get",)},
    "nodes": {"proxy": ("create", "delete", "get", "patch", "update")},
}

_KINDS: dict[str, dict[str, str]] = {
    "exec": {"kind": "PodExecOptions"},
    "proxy": {"kind": "NodeProxyOptions"},
    "scale": scale.KIND,
}


def subresources(kind: Kind) -> dict[str, tuple[str, ...]]:
    """What is served below an object of a kind, with the verbs."""
    found = dict(_BELOW.get(kind.resource, {}))
    if kind.resource in scale.SCALED:
        found["scale"] = _STATUS_VERBS
    return {**found, **({"status": _STATUS_VERBS} if kind.has_status else {})}


def _told(subresource: str) -> dict[str, str]:
    """The kind of what a subresource shows, where it is not that of the object."""
    return _KINDS.get(subresource, {})


def _short(served: Served) -> dict[str, list[str]]:
    return {
        **({"shortNames": list(served.kind.short)} if served.kind.short else {}),
        **({"categories": list(served.kind.categories)} if served.kind.categories else {}),
    }


def resource_list(apis: Apis, group: str, version: str) -> dict[str, Any] | None:
    """APIResourceList of one group version, None where it is not served."""
    served = apis.in_version(group, version)
    if not served:
        return None
    resources: list[dict[str, Any]] = []
    for item in served:
        kind = item.kind
        place = {"namespaced": kind.namespaced, "kind": kind.kind}
        singular = kind.singular if kind.custom or apis.minor >= 27 else ""
        resources.append(
            {"name": kind.plural, "singularName": singular, **place, "verbs": list(kind.verbs), **_short(item)}
        )
        resources.extend(
            {"name": f"{kind.plural}/{name}", "singularName": "", **place, **_told(name), "verbs": list(verbs)}
            for name, verbs in subresources(kind).items()
        )
    return {
        "kind": "APIResourceList",
        **({"apiVersion": "v1"} if group else {}),
        "groupVersion": f"{group}/{version}" if group else version,
        "resources": resources,
    }


def _group(group: str, versions: list[str]) -> dict[str, Any]:
    entries = [{"groupVersion": f"{group}/{version}", "version": version} for version in versions]
    return {"name": group, "versions": entries, "preferredVersion": entries[0]}


def api_group(apis: Apis, group: str) -> dict[str, Any] | None:
    """APIGroup, None where it is not served."""
    if not group or group not in apis.groups:
        return None
    return {"kind": "APIGroup", "apiVersion": "v1", **_group(group, apis.groups[group])}


def group_list(apis: Apis) -> dict[str, Any]:
    """The answer to /apis."""
    groups = [_group(group, versions) for group, versions in apis.groups.items() if group]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}


def core_versions(address: str) -> dict[str, Any]:
    """The answer to /api."""
    return {
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}],
    }


def aggregated(apis: Apis, *, core: bool, version: str) -> dict[str, Any]:
    """APIGroupDiscoveryList of the core group or of all others, in ``apidiscovery.k8s.io/<version>``."""
    items = []
    for group, versions in apis.groups.items():
        if (group == "") != core:
            continue
        listed = [
            {
                "version": at,
                "resources": [_discovered(item) for item in apis.in_version(group, at)],
                "freshness": "Current",
            }
            for at in versions
        ]
        items.append(
            {"metadata": {**({"name": group} if group else {}), "creationTimestamp": None}, "versions": listed}
        )
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": f"apidiscovery.k8s.io/{version}",
        "metadata": {},
        "items": items,
    }


def _discovered(item: Served) -> dict[str, Any]:
    response = {"group": item.kind.group, "version": item.version, "kind": item.kind.kind}
    below = [
        {"subresource": name, "responseKind": {**response, **_told(name)}, "verbs": list(verbs)}
        for name, verbs in subresources(item.kind).items()
    ]
    return {
        "resource": item.kind.plural,
        "responseKind": response,
        "scope": "Namespaced" if item.kind.namespaced else "Cluster",
        "singularResource": item.kind.singular,
        "verbs": list(item.kind.verbs),
        **_short(item),
        **({"subresources": below} if below else {}),
    }


def aggregated_version(accept: str, minor: int) -> str:
    """Which version of the aggregated document a client asks for and this server has; empty for the plain one."""
    for wanted in accept.split(","):
        fields = dict(part.strip().partition("=")[::2] for part in wanted.split(";")[1:])
        if fields.get("as") == "APIGroupDiscoveryList" and fields.get("g") == "apidiscovery.k8s.io":
            if fields.get("v") == "v2" and minor >= 30:
                return "v2"
            if fields.get("v") == "v2beta1" and minor >= 26:
                return "v2beta1"
        elif wanted.split(";")[0].strip() in {"application/json", "*/*"}:
            return ""
    return ""


@lru_cache(maxsize=16)
def etag(body: bytes) -> str:
    """The ETag of an aggregated document."""
    return f'"{sha512(body).hexdigest().upper()}"'
