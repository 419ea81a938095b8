"""The whole comparison: two servers, all cases."""

from __future__ import annotations

from homeperf_ray.sim.options import PARTS
from tests.apiserver.server import ApiServer
from tests.homelab import start_homelab
from tests.twins.cases import cases, compacted
from tests.twins.comparison import Outcome, compare, table
from tests.twins.servers import compact_etcd, emulated, genuine

RBAC = "/apis/rbac.authorization.k8s.io/v1"


def run(server: ApiServer) -> tuple[list[Outcome], str]:
    """Put every case to a genuine server that has just started and to a homelab of its version; outcomes and table."""
    _allow_limited(server)
    version = f"1.{server.minor}"
    with start_homelab(kubernetes_version=version, nodes=1, namespaces=5, pods=10, pvcs=0, without=PARTS) as sim:
        ours, theirs = emulated(sim), genuine(server)
        every = cases()
        outcomes = list(compare(ours, theirs, every))
        sim.compact()
        compact_etcd(server, int(theirs.memory["since"]) + 3)
        outcomes += compare(ours, theirs, compacted())
    return outcomes, table(outcomes)


def _allow_limited(server: ApiServer) -> None:
    """Give the limited user the rights that he has in a homelab."""
    server.post("/api/v1/namespaces", {"metadata": {"name": "media"}})
    rule = {"apiGroups": [""], "resources": ["configmaps", "pods", "services"], "verbs": ["get", "list", "watch"]}
    server.post(f"{RBAC}/namespaces/media/roles", {"metadata": {"name": "limited"}, "rules": [rule]})
    group = "rbac.authorization.k8s.io"
    server.post(
        f"{RBAC}/namespaces/media/rolebindings",
        {
            "metadata": {"name": "limited"},
            "roleRef": {"apiGroup": group, "kind": "Role", "name": "limited"},
            "subjects": [{"apiGroup": group, "kind": "User", "name": "limited"}],
        },
    )
