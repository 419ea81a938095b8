"""The seed, the clock and the identifiers that every object of a homelab is made with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from homeperf_ray.sim.options import Options

Object = dict[str, Any]

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_SAFE = "bcdfghjklmnpqrstvwxz2456789"


@dataclass(frozen=True)
class Owner:
    """The controller of an object."""

    api_version: str
    kind: str
    name: str
    uid: str

    def reference(self) -> Object:
        return {
            "apiVersion": self.api_version,
            "kind": self.kind,
            "name": self.name,
            "uid": self.uid,
            "controller": True,
            "blockOwnerDeletion": True,
        }


class World:
    """Everything random comes from ``rng``, every time from ``now``; ages are seconds before it."""

    def __init__(self, options: Options, now: datetime) -> None:
        self.options = options
        self.now = now
        self.rng = Random(options.seed)  # noqa: S311  repeatable is the point
        self.healthy = options.healthy
        self.minor = options.minor
        self.version = 1_000_000 + options.seed % 1_000
        self._address = 0
        self._seconds = int(now.timestamp())
        self._days: dict[int, str] = {}

    def stamp(self, age: float) -> str:
        """The RFC 3339 time ``age`` seconds ago; in the future for a negative one."""
        days, seconds = divmod(self._seconds - int(age), 86_400)
        day = self._days.get(days)
        if day is None:
            day = self._days[days] = (_EPOCH + timedelta(days=days)).strftime("%Y-%m-%dT")
        return f"{day}{seconds // 3_600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}Z"

    def uid(self) -> str:
        digits = f"{self.rng.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"

    def suffix(self, length: int = 5) -> str:
        """Letters and digits as Kubernetes appends them to generated names."""
        return "".join(self.rng.choices(_SAFE, k=length))

    def digest(self) -> str:
        return f"{self.rng.getrandbits(256):064x}"

    def address(self, network: str) -> str:
        """A new address in a /16 such as ``10.42``."""
        self._address += 1
        return f"{network}.{self._address // 250 % 256}.{self._address % 250 + 2}"

    def metadata(
        self,
        name: str,
        namespace: str = "",
        *,
        age: float,
        labels: dict[str, str] | None = None,
        annotations: Mapping[str, str] | None = None,
        owner: Owner | None = None,
        generation: int = 0,
        generate_name: str = "",
    ) -> Object:
        """ObjectMeta of an object created ``age`` seconds ago, which shares ``labels`` with its caller."""
        self.version += self.rng.randint(1, 9)
        metadata: Object = {"name": name}
        if generate_name:
            metadata["generateName"] = generate_name
        if namespace:
            metadata["namespace"] = namespace
        metadata["uid"] = self.uid()
        metadata["resourceVersion"] = str(self.version)
        if generation:
            metadata["generation"] = generation
        metadata["creationTimestamp"] = self.stamp(age)
        if labels:
            metadata["labels"] = labels
        if annotations:
            metadata["annotations"] = dict(annotations)
        if owner:
            metadata["ownerReferences"] = [owner.reference()]
        return metadata

    def condition(
        self, type_: str, status: bool | str, reason: str = "", message: str = "", age: float = DAY
    ) -> Object:
        """A condition that last changed ``age`` seconds ago."""
        shown = status if isinstance(status, str) else "True" if status else "False"
        condition = {"type": type_, "status": shown, "lastTransitionTime": self.stamp(age)}
        if reason:
            condition["reason"] = reason
        if message:
            condition["message"] = message
        return condition
