"""What holds for all probes of a run, as a value that travels to wherever they are run."""

from __future__ import annotations

import msgspec


class ProbeSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``timeout`` is the seconds that each probe has, ``deadline`` those of all together.

    ``active`` probes are at work at once, and ``in_flight`` more may wait for somebody slow. ``resolvers`` are the DNS
    servers that are asked (``ADDRESS[:PORT]``), the machine's own for none; ``inside`` is the cluster's, empty where it
    is not known, and ``inside_trusted`` where the user named it. ``allow`` names special addresses that may be probed:
    kinds and networks. ``ca`` is PEM and is trusted beside the system's authorities. ``http_port`` and ``https_port``
    are those of the ingress controller, ``cluster_domain`` is what the names of Services end in.
    """

    timeout: float = 3.0
    deadline: float = 30.0
    active: int = 12
    in_flight: int = 512
    resolvers: tuple[str, ...] = ()
    inside: str = ""
    allow: tuple[str, ...] = ()
    ca: str = ""
    inside_trusted: bool = False
    http_port: int = 80
    https_port: int = 443
    cluster_domain: str = "cluster.local"
