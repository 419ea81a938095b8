"""Where to find what answers beside the API server."""

from __future__ import annotations

import msgspec


class Endpoints(msgspec.Struct, frozen=True, kw_only=True):
    """Where they listen (``ADDRESS:PORT`` of the DNS servers, the two ports of the ingress controller), the authority
    to trust, and a configuration for homeperf that says all that.
    """

    inside: str
    outside: str
    http: int
    https: int
    ca: str
    configuration: str
