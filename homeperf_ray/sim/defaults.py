"""What the API server adds to a new object so that readers find the fields that they count on."""

from __future__ import annotations

import base64
from typing import Any

from homeperf_ray.sim.apis import Served

Object = dict[str, Any]

_POD: Object = {
    "restartPolicy": "Always",
    "terminationGracePeriodSeconds": 30,
    "dnsPolicy": "ClusterFirst",
    "securityContext": {},
    "schedulerName": "default-scheduler",
}

_CONTAINER: Object = {
    "resources": {},
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
}

_SPECS: dict[str, Object] = {
    "pods": {
        **_POD,
        "tolerations": [
            {"key": f"node.kubernetes.io/{key}", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
            for key in ("not-ready", "unreachable")
        ],
        "priority": 0,
        "enableServiceLinks": True,
        "preemptionPolicy": "PreemptLowerPriority",
    },
    "services": {"type": "ClusterIP", "sessionAffinity": "None"},
    "namespaces": {"finalizers": ["kubernetes"]},
    "persistentvolumeclaims": {"volumeMode": "Filesystem"},
    "persistentvolumes": {"volumeMode": "Filesystem", "persistentVolumeReclaimPolicy": "Retain"},
    "deployments.apps": {
        "replicas": 1,
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}},
        "revisionHistoryLimit": 10,
        "progressDeadlineSeconds": 600,
    },
    "replicasets.apps": {"replicas": 1},
    "statefulsets.apps": {"replicas": 1, "podManagementPolicy": "OrderedReady", "revisionHistoryLimit": 10},
    "jobs.batch": {"backoffLimit": 6, "completions": 1, "parallelism": 1},
}

_STATUSES: dict[str, Object] = {
    "pods": {"phase": "Pending", "qosClass": "BestEffort"},
    "services": {"loadBalancer": {}},
    "namespaces": {"phase": "Active"},
    "persistentvolumeclaims": {"phase": "Pending"},
    "persistentvolumes": {"phase": "Pending"},
    "replicasets.apps": {"replicas": 0},
    "statefulsets.apps": {"replicas": 0},
    "daemonsets.apps": {
        "currentNumberScheduled": 0,
        "numberMisscheduled": 0,
        "desiredNumberScheduled": 0,
        "numberReady": 0,
    },
}

_TOP: dict[str, Object] = {
    "secrets": {"type": "Opaque"},
    "storageclasses.storage.k8s.io": {"reclaimPolicy": "Delete", "volumeBindingMode": "Immediate"},
}


def completed(served: Served, item: Object, *, minor: int) -> Object:
    """A new object with its defaults; of built-in types their ``status`` is the server's, not the client's."""
    resource, whole = served.kind.resource, {**_TOP.get(served.kind.resource, {}), **item}
    if resource in _SPECS:
        whole["spec"] = {**_SPECS[resource], **(whole.get("spec") or {})}
    if resource == "pods":
        whole["spec"]["containers"] = [_container(each) for each in whole["spec"].get("containers") or ()]
    if resource == "secrets" and "stringData" in whole:
        texts = whole.pop("stringData") or {}
        whole["data"] = {**(whole.get("data") or {}), **{name: _encoded(text) for name, text in texts.items()}}
    if served.kind.has_status:
        whole.pop("status", None)
        if not served.kind.custom:
            whole["status"] = dict(_STATUSES.get(resource, {}))
    if resource == "namespaces" and minor >= 21:
        metadata = whole["metadata"]
        metadata["labels"] = {"kubernetes.io/metadata.name": metadata["name"], **(metadata.get("labels") or {})}
    return whole


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _container(container: Object) -> Object:
    tag = str(container.get("image", "")).rpartition("/")[2].partition(":")[2]
    pull = "Always" if tag in {"", "latest"} else "IfNotPresent"
    return {**_CONTAINER, "imagePullPolicy": pull, **container}
