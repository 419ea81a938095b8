"""Flux: sources, Kustomizations and HelmReleases; some not ready, some suspended."""

from __future__ import annotations

from collections.abc import Sequence

from homeperf_ray.sim.content.names import EMPTY
from homeperf_ray.sim.content.plan import Workload
from homeperf_ray.sim.content.world import DAY, HOUR, MINUTE, Object, World

_REPOSITORIES = (
    ("grafana", "https://grafana.github.io/helm-charts"),
    ("jetstack", "https://charts.jetstack.io"),
    ("rook-release", "https://charts.rook.io/release"),
    ("ingress-nginx", "https://kubernetes.github.io/ingress-nginx"),
    ("cilium", "https://helm.cilium.io"),
    ("external-dns", "https://kubernetes-sigs.github.io/external-dns"),
    ("piraeus", "https://piraeus.io/helm-charts"),
)

_RELEASES = 24

_SOURCE = "source.toolkit.fluxcd.io"


def objects(world: World, namespaces: Sequence[str], workloads: Sequence[Workload]) -> dict[str, list[Object]]:
    """Every object of Flux, by resource."""
    revision = f"main@sha1:{world.digest()[:40]}"
    repositories = [_repository(world, position, *one) for position, one in enumerate(_REPOSITORIES)]
    releases, charts = _releases(world, workloads)
    return {
        f"gitrepositories.{_SOURCE}": _git(world, revision),
        f"ocirepositories.{_SOURCE}": _oci(world),
        f"helmrepositories.{_SOURCE}": repositories,
        f"helmcharts.{_SOURCE}": charts,
        "kustomizations.kustomize.toolkit.fluxcd.io": _kustomizations(world, namespaces, revision),
        "helmreleases.helm.toolkit.fluxcd.io": releases,
    }


def _metadata(world: World, name: str, namespace: str = "flux-system") -> Object:
    labels = {"kustomize.toolkit.fluxcd.io/name": "cluster", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}
    metadata = world.metadata(name, namespace, age=world.rng.uniform(60 * DAY, 300 * DAY), labels=labels, generation=3)
    metadata["finalizers"] = ["finalizers.fluxcd.io"]
    return metadata


def _ready(world: World, message: str, trouble: tuple[str, str] | None, reason: str = "Succeeded") -> list[Object]:
    if trouble is not None:
        conditions = [world.condition("Ready", False, *trouble, 5 * HOUR)]
    else:
        conditions = [world.condition("Ready", True, reason, message, world.rng.uniform(10 * MINUTE, 3 * DAY))]
    for condition in conditions:
        condition["observedGeneration"] = 3
    return conditions


def _status(conditions: list[Object], **more: object) -> Object:
    return {"observedGeneration": 3, "conditions": conditions, **more}


def _artifact(world: World, path: str, revision: str) -> Object:
    return {
        "path": path,
        "revision": revision,
        "digest": f"sha256:{world.digest()}",
        "lastUpdateTime": world.stamp(world.rng.uniform(10 * MINUTE, 2 * DAY)),
        "url": f"http://source-controller.flux-system.svc.cluster.local./{path}",
    }


def _git(world: World, revision: str) -> list[Object]:
    made = []
    for position, name in enumerate(("flux-system", "home-ops-extras")):
        trouble = None
        if position == 1 and not world.healthy:
            message = "failed to checkout and determine revision: unable to clone 'ssh://git@git.home.arpa/extras': "
            trouble = ("GitOperationFailed", f"{message}ssh: handshake failed: knownhosts: key mismatch")
        spec = {
            "interval": "10m",
            "url": f"ssh://git@git.home.arpa/{name}",
            "ref": {"branch": "main"},
            "timeout": "60s",
        }
        conditions = _ready(world, f"stored artifact for revision '{revision}'", trouble)
        artifact = _artifact(world, f"gitrepository/flux-system/{name}/latest.tar.gz", revision)
        made.append(
            {"metadata": _metadata(world, name), "spec": spec, "status": _status(conditions, artifact=artifact)}
        )
    return made


def _oci(world: World) -> list[Object]:
    made = []
    for position, name in enumerate(("app-template", "kube-prometheus-stack", "home-charts")):
        trouble = None
        if position == 2 and not world.healthy:
            url = "ghcr.io/homelab/home-charts:2.1.0"
            trouble = ("OCIArtifactPullFailed", f"failed to determine artifact digest: GET {url}: DENIED: denied")
        spec = {
            "interval": "1h",
            "url": f"oci://ghcr.io/homelab/{name}",
            "ref": {"tag": "4.0.1"},
            "timeout": "60s",
            "suspend": position == 1 and not world.healthy,
        }
        revision = f"4.0.1@sha256:{world.digest()}"
        conditions = _ready(world, f"stored artifact for digest '{revision}'", trouble)
        artifact = _artifact(world, f"ocirepository/flux-system/{name}/latest.tar.gz", revision)
        made.append(
            {"metadata": _metadata(world, name), "spec": spec, "status": _status(conditions, artifact=artifact)}
        )
    return made


def _repository(world: World, position: int, name: str, url: str) -> Object:
    trouble = None
    if position == len(_REPOSITORIES) - 1 and not world.healthy:
        trouble = ("IndexationFailed", f'failed to fetch Helm repository index: Get "{url}/index.yaml": no such host')
    revision = f"sha256:{world.digest()}"
    conditions = _ready(world, f"stored artifact: revision '{revision}'", trouble)
    artifact = _artifact(world, f"helmrepository/flux-system/{name}/index.yaml", revision)
    spec = {"interval": "2h", "url": url, "timeout": "60s"}
    return {"metadata": _metadata(world, name), "spec": spec, "status": _status(conditions, artifact=artifact)}


def _kustomizations(world: World, namespaces: Sequence[str], revision: str) -> list[Object]:
    names = ["cluster", *(f"{namespace}-apps" for namespace in namespaces if namespace not in EMPTY)]
    failed = (
        "BuildFailed",
        "kustomize build failed: accumulating resources: accumulation err='missing Resource metadata'",
    )
    waiting = ("DependencyNotReady", f"dependency 'flux-system/{names[2]}' is not ready")
    troubles = {} if world.healthy else {names[2]: failed, names[-1]: waiting}
    suspended = set() if world.healthy else {names[-2]}
    made = []
    for name in names:
        trouble = troubles.get(name)
        spec: Object = {
            "interval": "1h",
            "path": f"./kubernetes/apps/{name.removesuffix('-apps')}",
            "prune": True,
            "sourceRef": {"kind": "GitRepository", "name": "flux-system"},
            "timeout": "5m",
            "wait": False,
            **({"suspend": True} if name in suspended else {}),
            **({"dependsOn": [{"name": names[2]}]} if trouble is waiting else {}),
        }
        reason = "ReconciliationSucceeded"
        conditions = _ready(world, f"Applied revision: {revision}", trouble, reason)
        applied = {"lastAttemptedRevision": revision, **({} if trouble else {"lastAppliedRevision": revision})}
        made.append({"metadata": _metadata(world, name), "spec": spec, "status": _status(conditions, **applied)})
    return made


def _releases(world: World, workloads: Sequence[Workload]) -> tuple[list[Object], list[Object]]:
    """HelmReleases and the HelmCharts that they made."""
    offered = [one for one in workloads if one.app.kind in {"Deployment", "StatefulSet"}][:_RELEASES]
    releases, charts = [], []
    for position, workload in enumerate(offered):
        repository, _ = _REPOSITORIES[position % len(_REPOSITORIES)]
        version, name = f"{world.rng.randint(1, 9)}.{world.rng.randint(0, 30)}.0", workload.name
        chart = {
            "chart": name,
            "version": version,
            "sourceRef": {"kind": "HelmRepository", "name": repository, "namespace": "flux-system"},
        }
        trouble = None
        if position == 3 and not world.healthy:
            message = f"Helm upgrade failed for release {workload.namespace}/{name} with chart {name}@{version}: "
            trouble = ("UpgradeFailed", f"{message}context deadline exceeded")
        spec = {
            "interval": "1h",
            "chart": {"spec": chart},
            "install": {"remediation": {"retries": 3}},
            "values": {"replicas": workload.pods},
            **({"suspend": True} if position == 5 and not world.healthy else {}),
        }
        message = f"Helm upgrade succeeded for release {workload.namespace}/{name}.v7 with chart {name}@{version}"
        conditions = _ready(world, message, trouble, "UpgradeSucceeded")
        history = [
            {
                "chartName": name,
                "chartVersion": version,
                "name": name,
                "namespace": workload.namespace,
                "status": "failed" if trouble else "deployed",
                "version": 7,
            }
        ]
        status = _status(conditions, history=history, lastAttemptedRevision=version, failures=4 if trouble else 0)
        releases.append({"metadata": _metadata(world, name, workload.namespace), "spec": spec, "status": status})
        charts.append(_chart(world, f"{workload.namespace}-{name}", chart))
    return releases, charts


def _chart(world: World, name: str, chart: Object) -> Object:
    message = f"pulled '{chart['chart']}' chart with version '{chart['version']}'"
    conditions = _ready(world, message, None, "ChartPullSucceeded")
    artifact = _artifact(world, f"helmchart/flux-system/{name}/{chart['chart']}.tgz", chart["version"])
    spec = {
        "interval": "1h",
        "chart": chart["chart"],
        "version": chart["version"],
        "reconcileStrategy": "ChartVersion",
        "sourceRef": {key: value for key, value in chart["sourceRef"].items() if key != "namespace"},
    }
    return {"metadata": _metadata(world, name), "spec": spec, "status": _status(conditions, artifact=artifact)}
