"""The subresource ``scale``: how many pods a workload is to have, as ``autoscaling/v1`` shows it."""

from __future__ import annotations

from typing import Any

import msgspec

from homeperf_ray.sim.statuses import ApiError, bad_request

Object = dict[str, Any]

KIND = {"group": "autoscaling", "version": "v1", "kind": "Scale"}

SCALED = frozenset({"deployments.apps", "replicasets.apps", "replicationcontrollers", "statefulsets.apps"})
"""Resources that have it."""

_SHOWN = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")


def of(item: Object) -> Object:
    """The Scale of a workload."""
    spec, status = item["spec"], item.get("status", {})
    selector = spec.get("selector") or {}
    labels = selector.get("matchLabels", {} if "matchExpressions" in selector else selector)
    text = ",".join(f"{name}={value}" for name, value in sorted(labels.items()))
    replicas = spec.get("replicas", 1)
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {name: item["metadata"][name] for name in _SHOWN if name in item["metadata"]},
        "spec": {"replicas": replicas} if replicas else {},
        "status": {"replicas": status.get("replicas", 0), **({"selector": text} if text else {})},
    }


class _Spec(msgspec.Struct, frozen=True):
    replicas: int = 0


class _Metadata(msgspec.Struct, frozen=True):
    name: str = ""
    version: str = msgspec.field(default="", name="resourceVersion")


class Asked(msgspec.Struct, frozen=True):
    """A Scale as it is sent: what counts of it."""

    spec: _Spec = _Spec()
    metadata: _Metadata = _Metadata()

    @classmethod
    def read(cls, sent: Any) -> Asked:
        """Raises ApiError 400 for what is no Scale, 422 for fewer replicas than none."""
        try:
            asked = msgspec.convert(sent, cls)
        except msgspec.ValidationError as error:
            raise bad_request(f'Scale in version "v1" cannot be handled as a Scale: {error}') from error
        if asked.spec.replicas < 0:
            text = f"Invalid value: {asked.spec.replicas}: must be greater than or equal to 0"
            name, causes = asked.metadata.name, [{"reason": "FieldValueInvalid", "message": text}]
            causes[0]["field"] = "spec.replicas"
            details = {"name": name, "group": "autoscaling", "kind": "Scale", "causes": causes}
            message = f'Scale.autoscaling "{name}" is invalid: spec.replicas: {text}'
            raise ApiError(422, message, details=details)
        return asked
