"""Discovery: which resources a server serves, and in which version."""

from __future__ import annotations

import msgspec

from homeperf_ray.kube.resources import GroupResource, ServedResource


class Discovery(msgspec.Struct, frozen=True):
    """What one server serves to one identity, as far as ``groups`` were asked for.

    ``server`` and ``identity`` are opaque digests: of the API server (its CA and address) and of the credentials.
    """

    server: str
    identity: str
    version: str
    groups: frozenset[str]
    resources: tuple[ServedResource, ...]

    def served(self, resource: GroupResource) -> ServedResource | None:
        """The resource in the version that the server prefers, or None where it is not served."""
        return next((served for served in self.resources if served.resource == resource), None)
