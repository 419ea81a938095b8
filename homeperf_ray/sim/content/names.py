"""Names as people give them in a homelab."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, count, islice

from homeperf_ray.sim.options import Part

NAMESPACES: tuple[tuple[str, Part | None], ...] = (
    ("kube-system", None),
    ("default", None),
    ("ingress-nginx", None),
    ("media", None),
    ("home-assistant", None),
    ("flux-system", "flux"),
    ("rook-ceph", "ceph"),
    ("cert-manager", "certificates"),
    ("monitoring", None),
    ("kube-public", None),
    ("kube-node-lease", None),
    ("databases", None),
    ("downloads", None),
    ("photos", None),
    ("documents", None),
    ("auth", None),
    ("network", None),
    ("external-secrets", None),
    ("backups", None),
    ("git", None),
    ("games", None),
    ("automation", None),
    ("ai", None),
    ("finance", None),
)

SYSTEM = frozenset({"kube-system", "ingress-nginx", "flux-system", "rook-ceph", "cert-manager"})
"""Namespaces whose workloads are never made sick by themselves."""

EMPTY = frozenset({"kube-public", "kube-node-lease", "default"})
"""Namespaces that have no workloads."""

_ADJECTIVES = (
    "amber",
    "brisk",
    "calm",
    "dusty",
    "eager",
    "fuzzy",
    "gentle",
    "hollow",
    "icy",
    "jolly",
    "keen",
    "lunar",
    "mellow",
    "noble",
    "quiet",
    "rusty",
)
_NOUNS = (
    "otter",
    "badger",
    "cedar",
    "delta",
    "ember",
    "falcon",
    "garden",
    "harbor",
    "island",
    "juniper",
    "kettle",
    "lantern",
    "meadow",
    "nebula",
    "orchid",
)


def namespaces(number: int, without: frozenset[str]) -> list[str]:
    """The namespaces of a homelab, those that a cluster cannot do without first."""
    known = (name for name, part in NAMESPACES if part not in without)
    return list(islice(chain(known, _generated()), number))


def _generated() -> Iterator[str]:
    for turn in count(1):
        for position in range(len(_ADJECTIVES) * len(_NOUNS)):
            adjective = _ADJECTIVES[position % len(_ADJECTIVES)]
            noun = _NOUNS[(position + position // len(_ADJECTIVES)) % len(_NOUNS)]
            yield f"lab-{adjective}-{noun}" + (f"-{turn}" if turn > 1 else "")


@dataclass(frozen=True)
class App:
    """An application: its image without tag, its port, and how it is run."""

    name: str
    image: str
    tag: str
    port: int
    kind: str = "Deployment"
    replicas: int = 1
    init: bool = False
    sidecar: bool = False


APPS: dict[str, tuple[App, ...]] = {
    "media": (
        App("jellyfin", "ghcr.io/jellyfin/jellyfin", "10.10.7", 8096),
        App("sonarr", "ghcr.io/home-operations/sonarr", "4.0.14", 8989),
        App("radarr", "ghcr.io/home-operations/radarr", "5.21.1", 7878),
        App("prowlarr", "ghcr.io/home-operations/prowlarr", "1.33.3", 9696),
        App("bazarr", "ghcr.io/home-operations/bazarr", "1.5.1", 6767),
        App("jellyseerr", "ghcr.io/fallenbagel/jellyseerr", "2.5.2", 5055),
        App("tautulli", "ghcr.io/home-operations/tautulli", "2.15.1", 8181),
        App("navidrome", "ghcr.io/navidrome/navidrome", "0.55.2", 4533),
        App("audiobookshelf", "ghcr.io/advplyr/audiobookshelf", "2.20.0", 13378),
    ),
    "home-assistant": (
        App("home-assistant", "ghcr.io/home-operations/home-assistant", "2025.5.3", 8123, init=True),
        App("zigbee2mqtt", "ghcr.io/koenkk/zigbee2mqtt", "2.3.0", 8080),
        App("mosquitto", "public.ecr.aws/docker/library/eclipse-mosquitto", "2.0.21", 1883, "StatefulSet"),
        App("esphome", "ghcr.io/esphome/esphome", "2025.5.0", 6052),
        App("frigate", "ghcr.io/blakeblackshear/frigate", "0.15.1", 5000),
        App("node-red", "docker.io/nodered/node-red", "4.0.9", 1880),
    ),
    "monitoring": (
        App("grafana", "docker.io/grafana/grafana", "12.0.1", 3000, sidecar=True),
        App("kube-state-metrics", "registry.k8s.io/kube-state-metrics/kube-state-metrics", "v2.15.0", 8080),
        App("prometheus-kube-prometheus", "quay.io/prometheus/prometheus", "v3.4.0", 9090, "StatefulSet", sidecar=True),
        App("alertmanager-kube-prometheus", "quay.io/prometheus/alertmanager", "v0.28.1", 9093, "StatefulSet"),
        App("loki", "docker.io/grafana/loki", "3.5.0", 3100, "StatefulSet"),
        App("node-exporter", "quay.io/prometheus/node-exporter", "v1.9.1", 9100, "DaemonSet"),
        App("smartctl-exporter", "quay.io/prometheuscommunity/smartctl-exporter", "v0.14.0", 9633, "DaemonSet"),
        App("gatus", "ghcr.io/twin/gatus", "v5.17.0", 8080),
    ),
    "databases": (
        App("postgres", "ghcr.io/cloudnative-pg/postgresql", "17.5", 5432, "StatefulSet", 3),
        App("dragonfly", "ghcr.io/dragonflydb/dragonfly", "v1.30.1", 6379, "StatefulSet", 2),
        App("mariadb", "docker.io/library/mariadb", "11.7.2", 3306, "StatefulSet"),
        App("cloudnative-pg", "ghcr.io/cloudnative-pg/cloudnative-pg", "1.26.0", 9443),
        App("pgadmin", "docker.io/dpage/pgadmin4", "9.3", 80),
    ),
    "downloads": (
        App("qbittorrent", "ghcr.io/home-operations/qbittorrent", "5.1.0", 8080, sidecar=True),
        App("sabnzbd", "ghcr.io/home-operations/sabnzbd", "4.5.1", 8080),
        App("autobrr", "ghcr.io/autobrr/autobrr", "v1.62.0", 7474),
        App("recyclarr", "ghcr.io/recyclarr/recyclarr", "7.4.1", 8080),
    ),
    "photos": (
        App("immich-server", "ghcr.io/immich-app/immich-server", "v1.134.0", 2283),
        App("immich-machine-learning", "ghcr.io/immich-app/immich-machine-learning", "v1.134.0", 3003),
        App("immich-redis", "docker.io/valkey/valkey", "8.1.1", 6379, "StatefulSet"),
    ),
    "documents": (
        App("paperless", "ghcr.io/paperless-ngx/paperless-ngx", "2.16.1", 8000, init=True),
        App("tika", "docker.io/apache/tika", "3.1.0", 9998),
        App("gotenberg", "docker.io/gotenberg/gotenberg", "8.21.0", 3000),
        App("stirling-pdf", "docker.io/stirlingtools/stirling-pdf", "0.46.2", 8080),
    ),
    "auth": (
        App("authentik-server", "ghcr.io/goauthentik/server", "2025.4.1", 9000, replicas=2),
        App("authentik-worker", "ghcr.io/goauthentik/server", "2025.4.1", 9000, replicas=2),
        App("lldap", "ghcr.io/lldap/lldap", "v0.6.1", 3890),
    ),
    "network": (
        App("adguard-home", "docker.io/adguard/adguardhome", "v0.107.61", 3000, "StatefulSet", 2),
        App("external-dns", "registry.k8s.io/external-dns/external-dns", "v0.17.0", 7979),
        App("cloudflared", "docker.io/cloudflare/cloudflared", "2025.5.0", 8080, replicas=2),
        App("unifi", "ghcr.io/jacobalberty/unifi-docker", "v9.1.120", 8443),
        App("tailscale-operator", "docker.io/tailscale/k8s-operator", "v1.84.0", 8080),
    ),
    "external-secrets": (
        App("external-secrets", "ghcr.io/external-secrets/external-secrets", "v0.17.0", 8080),
        App("external-secrets-webhook", "ghcr.io/external-secrets/external-secrets", "v0.17.0", 10250),
    ),
    "backups": (
        App("volsync", "quay.io/backube/volsync", "0.12.1", 8443),
        App("velero", "docker.io/velero/velero", "v1.16.0", 8085, init=True),
        App("kopia", "docker.io/kopia/kopia", "0.20.1", 51515),
    ),
    "git": (
        App("gitea", "docker.io/gitea/gitea", "1.23.8", 3000, init=True),
        App("forgejo-runner", "code.forgejo.org/forgejo/runner", "6.3.1", 8080, replicas=2),
    ),
    "games": (
        App("minecraft", "docker.io/itzg/minecraft-server", "2025.5.1", 25565, "StatefulSet"),
        App("valheim", "ghcr.io/lloesche/valheim-server", "2025.4.0", 2456, "StatefulSet"),
    ),
    "automation": (
        App("n8n", "docker.io/n8nio/n8n", "1.94.1", 5678),
        App("renovate-operator", "ghcr.io/mogenius/renovate-operator", "1.5.0", 8080),
    ),
    "ai": (
        App("ollama", "docker.io/ollama/ollama", "0.7.1", 11434),
        App("open-webui", "ghcr.io/open-webui/open-webui", "v0.6.11", 8080, "StatefulSet"),
    ),
    "finance": (App("actual", "ghcr.io/actualbudget/actual", "25.5.0", 5006),),
}

MORE: tuple[App, ...] = (
    App("web", "docker.io/library/nginx", "1.27.5", 80, replicas=2),
    App("api", "ghcr.io/homelab/api", "v2.8.1", 8080, replicas=2, sidecar=True),
    App("worker", "ghcr.io/homelab/worker", "v2.8.1", 9090),
    App("cache", "docker.io/valkey/valkey", "8.1.1", 6379, "StatefulSet"),
    App("miniflux", "ghcr.io/miniflux/miniflux", "2.2.8", 8080),
    App("linkding", "ghcr.io/sissbruecker/linkding", "1.40.0", 9090),
    App("homepage", "ghcr.io/gethomepage/homepage", "v1.2.0", 3000),
    App("syncthing", "docker.io/syncthing/syncthing", "1.29.6", 8384, "StatefulSet"),
    App("mealie", "ghcr.io/mealie-recipes/mealie", "v2.8.0", 9000),
    App("vikunja", "docker.io/vikunja/vikunja", "0.24.6", 3456),
    App("ntfy", "docker.io/binwiederhier/ntfy", "v2.12.0", 80),
    App("uptime-kuma", "docker.io/louislam/uptime-kuma", "1.23.16", 3001),
    App("speedtest-tracker", "ghcr.io/linuxserver/speedtest-tracker", "1.6.0", 80),
    App("changedetection", "ghcr.io/dgtlmoon/changedetection.io", "0.49.17", 5000),
)
"""What fills the namespaces once everything else is placed."""
