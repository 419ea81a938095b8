"""Objects that a newer kubectl makes with ``kubectl create``, which come as protobuf: read by a table of their fields.

Field numbers are those of ``generated.proto`` in k8s.io/api and k8s.io/apimachinery.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from homeperf_ray.sim.protobuf import MAGIC, varint
from homeperf_ray.sim.statuses import bad_request

Decode = Callable[[Any], Any]


@dataclass(frozen=True)
class Field:
    """How one field is named in JSON and read; ``many`` collects items, or the entries of a map."""

    name: str
    read: Decode
    many: type | None = None


Message = dict[int, Field]


def _text(value: Any) -> str:
    return bytes(value).decode()


def _bytes(value: Any) -> str:
    return base64.b64encode(value).decode()


def _number(value: Any) -> int:
    return int(value)


def _flag(value: Any) -> bool:
    return bool(value)


def _of(message: Message) -> Decode:
    return lambda value: decoded(value, message)


def _entry(read: Decode) -> Decode:
    fields = {1: Field("key", _text), 2: Field("value", read)}

    def pair(value: Any) -> dict[str, Any]:
        found = decoded(value, fields)
        return {found.get("key", ""): found.get("value", "")}

    return pair


def _map(name: str, read: Decode = _text) -> Field:
    return Field(name, _entry(read), dict)


def _texts(*names: str) -> Message:
    return {number: Field(name, _text) for number, name in enumerate(names, 1)}


_META: Message = {
    **_texts("name", "generateName", "namespace", "selfLink", "uid", "resourceVersion"),
    7: Field("generation", _number),
    8: Field("creationTimestamp", _of({})),
    11: _map("labels"),
    12: _map("annotations"),
    14: Field("finalizers", _text, list),
}
_METADATA = Field("metadata", _of(_META))
_PORT: Message = {
    1: Field("name", _text),
    2: Field("hostPort", _number),
    3: Field("containerPort", _number),
    4: Field("protocol", _text),
    5: Field("hostIP", _text),
}
_CONTAINER: Message = {
    1: Field("name", _text),
    2: Field("image", _text),
    3: Field("command", _text, list),
    4: Field("args", _text, list),
    5: Field("workingDir", _text),
    6: Field("ports", _of(_PORT), list),
    8: Field("resources", _of({})),
    13: Field("terminationMessagePath", _text),
    14: Field("imagePullPolicy", _text),
    16: Field("stdin", _flag),
    17: Field("stdinOnce", _flag),
    18: Field("tty", _flag),
    20: Field("terminationMessagePolicy", _text),
}
_POD_SPEC: Message = {
    2: Field("containers", _of(_CONTAINER), list),
    3: Field("restartPolicy", _text),
    4: Field("terminationGracePeriodSeconds", _number),
    6: Field("dnsPolicy", _text),
    7: _map("nodeSelector"),
    8: Field("serviceAccountName", _text),
    9: Field("serviceAccount", _text),
    10: Field("nodeName", _text),
    11: Field("hostNetwork", _flag),
    12: Field("hostPID", _flag),
    13: Field("hostIPC", _flag),
    14: Field("securityContext", _of({})),
    16: Field("hostname", _text),
    17: Field("subdomain", _text),
    19: Field("schedulerName", _text),
    24: Field("priorityClassName", _text),
}
_TEMPLATE: Message = {1: _METADATA, 2: Field("spec", _of(_POD_SPEC))}
_DEPLOYMENT_SPEC: Message = {
    1: Field("replicas", _number),
    2: Field("selector", _of({1: _map("matchLabels")})),
    3: Field("template", _of(_TEMPLATE)),
    4: Field("strategy", _of({1: Field("type", _text)})),
    5: Field("minReadySeconds", _number),
    6: Field("revisionHistoryLimit", _number),
    7: Field("paused", _flag),
    9: Field("progressDeadlineSeconds", _number),
}
_IGNORED = Field("status", lambda _value: {})

MESSAGES: dict[str, Message] = {
    "ConfigMap": {1: _METADATA, 2: _map("data"), 3: _map("binaryData", _bytes), 4: Field("immutable", _flag)},
    "Deployment": {1: _METADATA, 2: Field("spec", _of(_DEPLOYMENT_SPEC)), 3: _IGNORED},
    "Namespace": {1: _METADATA, 2: Field("spec", _of({1: Field("finalizers", _text, list)})), 3: _IGNORED},
    "Secret": {
        1: _METADATA,
        2: _map("data", _bytes),
        3: Field("type", _text),
        4: _map("stringData"),
        5: Field("immutable", _flag),
    },
    "ServiceAccount": {1: _METADATA, 4: Field("automountServiceAccountToken", _flag)},
}
"""What can be read, by kind."""


def read(body: bytes, kind: str) -> dict[str, Any]:
    """An object of a kind in ``MESSAGES`` as if it had come as JSON. Raises ApiError 400 for an unknown field."""
    if not body.startswith(MAGIC):
        raise bad_request("the object provided is unrecognized: no Kubernetes protobuf")
    try:
        envelope = decoded(body[len(MAGIC) :], _ENVELOPE)
        sent = envelope.get("type", {})
        item = decoded(envelope.get("raw", b""), MESSAGES[kind])
    except (IndexError, UnicodeDecodeError) as error:
        raise bad_request(f"the object provided is unrecognized: {error}") from error
    return {**sent, **item}


def decoded(message: bytes, fields: Message) -> dict[str, Any]:
    """The fields of a message by their names; what is empty is left out. Raises IndexError for one not in the table."""
    found: dict[str, Any] = {}
    position = 0
    while position < len(message):
        tag, position = varint(message, position)
        value, position = _value(message, position, tag & 7)
        field = fields.get(tag >> 3)
        if field is None:
            if value:
                raise IndexError(f"field {tag >> 3} is not known here; send JSON instead")
            continue
        item = field.read(value)
        if field.many is list:
            found.setdefault(field.name, []).append(item)
        elif field.many is dict:
            found.setdefault(field.name, {}).update(item)
        elif item or (item == 0 and field.name == "replicas"):
            found[field.name] = item
    return found


def _value(message: bytes, position: int, wire: int) -> tuple[Any, int]:
    if wire == 0:
        return varint(message, position)
    if wire != 2:
        raise IndexError(f"wire type {wire}")
    length, position = varint(message, position)
    if position + length > len(message):
        raise IndexError("it ends in the middle of a field")
    return message[position : position + length], position + length


_ENVELOPE: Message = {1: Field("type", _of(_texts("apiVersion", "kind"))), 2: Field("raw", bytes)}
