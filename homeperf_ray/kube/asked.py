"""What was asked of a server, in words, for the errors that may come of it."""

from __future__ import annotations

from dataclasses import dataclass

from homeperf_ray.kube.credentials import NOBODY, Credential
from homeperf_ray.kube.errors import KubeError
from homeperf_ray.kube.secret import Secret
from homeperf_ray.kube.target import Target

COLLECTIVE = frozenset({"list", "watch"})
"""Verbs that are about all objects of a resource."""


@dataclass(frozen=True)
class Asked:
    """``str()`` reads ``list pods in namespace 'web'``. ``credential`` is what the request was sent with."""

    target: Target
    verb: str
    resource: str
    namespace: str = ""
    credential: Credential = NOBODY

    def __str__(self) -> str:
        if self.namespace:
            return f"{self.verb} {self.resource} in namespace {self.namespace!r}"
        return f"{self.verb} {self.resource}" + (" at the cluster scope" if self.verb in COLLECTIVE else "")

    def hidden(self) -> list[Secret]:
        """What must not appear in any text, should the server send it back."""
        authorization = self.credential.authorization
        if authorization is None:
            return []
        return [authorization, Secret(authorization.reveal().partition(" ")[2])]


@dataclass(frozen=True)
class Failure:
    """An error, with its ``cause`` for the retry policy where it has no status."""

    error: KubeError
    cause: str = ""
