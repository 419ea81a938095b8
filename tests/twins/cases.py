"""The requests, in order: later ones build upon earlier ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote

JSON = "application/json"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
PARTIAL = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
PARTIALS = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
MERGE, STRATEGIC, PATCH = (f"application/{kind}-patch+json" for kind in ("merge", "strategic-merge", "json"))

HOME = "/api/v1/namespaces/twins"
MAPS = f"{HOME}/configmaps"
PODS = f"{HOME}/pods"
NODES = "/api/v1/nodes"
DEPLOYMENTS = "/apis/apps/v1/namespaces/twins/deployments"
REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"

Compare = Literal["all", "within", "status"]


@dataclass(frozen=True)
class Case:
    """One request, and how its answers are compared.

    ``path`` may name what was kept of earlier answers: ``{version}``. ``keep`` is what to keep of this one, by the
    path to it. ``all`` compares everything, ``within`` that the emulator's document is part of the genuine one,
    ``status`` only status and headers. ``ignore`` are fields that are left out. The items of an ``unordered`` list are
    sorted first: the watch cache of 1.20 hands them out in no order. ``differs`` says why the answers are not the same
    on purpose; they must not be then.
    """

    group: str
    title: str
    method: str
    path: str
    body: Any = None
    user: str = "admin"
    headers: dict[str, str] = field(default_factory=dict)
    keep: dict[str, str] = field(default_factory=dict)
    compare: Compare = "all"
    ignore: tuple[str, ...] = ()
    unordered: bool = False
    differs: str = ""


def cases() -> list[Case]:
    """All of them."""
    first = (*_writes(), *_objects(), *_lists(), *_selectors(), *_shapes(), *_columns(), *_watches())
    return [*first, *_users(), *_paths(), *_ends()]


def get(group: str, title: str, path: str, accept: str = JSON, **more: Any) -> Case:
    headers = {"Accept": accept, **more.pop("headers", {})}
    return Case(group, title, "GET", path, headers=headers, **more)


def send(group: str, title: str, method: str, path: str, body: Any, kind: str = JSON, **more: Any) -> Case:
    return Case(group, title, method, path, body, headers={"Accept": JSON, "Content-Type": kind}, **more)


def config_map(name: str, **more: Any) -> dict[str, Any]:
    metadata = {"name": name, "labels": {"app": "web", "tier": name[0]}, **more.pop("metadata", {})}
    return {"kind": "ConfigMap", "apiVersion": "v1", "metadata": metadata, "data": {"a": "1"}, **more}


def _writes() -> Iterator[Case]:
    group = "write"
    space = {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "twins"}}
    yield send(group, "create a Namespace", "POST", "/api/v1/namespaces", space)
    yield send(group, "create a ConfigMap", "POST", MAPS, config_map("one"), keep={"uid": "metadata.uid"})
    yield send(group, "create one that is there", "POST", MAPS, config_map("one"))
    for name in ("two", "three", "four", "five"):
        yield send(group, f"create another: {name}", "POST", MAPS, config_map(name))
    generated = {"metadata": {"generateName": "made-"}}
    yield send(
        group, "create with generateName, without a kind", "POST", MAPS, generated, keep={"made": "metadata.name"}
    )
    yield send(group, "create without a name", "POST", MAPS, {"metadata": {}})
    yield send(group, "create with a bad name", "POST", MAPS, {"metadata": {"name": "Bad_Name"}})
    yield send(group, "create with a resourceVersion", "POST", MAPS, config_map("x", metadata={"resourceVersion": "5"}))
    yield send(group, "create for another namespace", "POST", MAPS, config_map("x", metadata={"namespace": "other"}))
    yield send(
        group, "create in a namespace that is not there", "POST", "/api/v1/namespaces/no/configmaps", config_map("x")
    )
    yield send(group, "create without a namespace", "POST", "/api/v1/configmaps", config_map("x"))
    yield send(group, "create at a name", "POST", f"{MAPS}/x", config_map("x"))
    yield send(group, "create in a dry run", "POST", f"{MAPS}?dryRun=All", config_map("dry"))
    yield send(group, "create in an unknown dry run", "POST", f"{MAPS}?dryRun=Some", config_map("dry"))
    yield send(
        group,
        "create from text/plain",
        "POST",
        MAPS,
        config_map("x"),
        "text/plain",
        differs="the genuine server names protobuf among the media types it takes",
    )
    yield send(
        group,
        "create another kind",
        "POST",
        MAPS,
        {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "x"}},
        differs="the genuine message goes on about its internal conversion",
    )
    yield get(group, "read it back", f"{MAPS}/one", keep={"at": "metadata.resourceVersion"})
    yield send(
        group,
        "update at its version",
        "PUT",
        f"{MAPS}/one",
        config_map("one", metadata={"resourceVersion": "{at}"}, data={"a": "2"}),
    )
    yield send(
        group, "update at an old version", "PUT", f"{MAPS}/one", config_map("one", metadata={"resourceVersion": "{at}"})
    )
    yield send(group, "update without a version", "PUT", f"{MAPS}/one", config_map("one", data={"a": "3"}))
    yield send(group, "update that changes nothing", "PUT", f"{MAPS}/one", config_map("one", data={"a": "3"}))
    yield send(group, "update under another name", "PUT", f"{MAPS}/one", config_map("two"))
    yield send(group, "update of what is not there", "PUT", f"{MAPS}/nobody", config_map("nobody"))
    yield send(group, "update of a collection", "PUT", MAPS, config_map("one"))
    yield send(group, "merge patch", "PATCH", f"{MAPS}/one", {"data": {"a": None, "b": "1"}}, MERGE)
    yield send(group, "strategic merge patch", "PATCH", f"{MAPS}/one", {"data": {"c": "1"}}, STRATEGIC)
    add = [{"op": "add", "path": "/data/d", "value": "1"}]
    yield send(group, "JSON patch", "PATCH", f"{MAPS}/one", add, PATCH)
    yield send(
        group, "JSON patch of what is not there", "PATCH", f"{MAPS}/one", [{"op": "remove", "path": "/data/z"}], PATCH
    )
    test = [{"op": "test", "path": "/data/d", "value": "9"}]
    yield send(group, "JSON patch whose test fails", "PATCH", f"{MAPS}/one", test, PATCH)
    yield send(
        group,
        "patch at an old version",
        "PATCH",
        f"{MAPS}/one",
        {"metadata": {"resourceVersion": "{at}"}, "data": {"e": "1"}},
        MERGE,
    )
    yield send(group, "patch of the name", "PATCH", f"{MAPS}/one", {"metadata": {"name": "other"}}, MERGE)
    yield send(group, "patch of what is not there", "PATCH", f"{MAPS}/nobody", {}, MERGE)
    yield send(
        group,
        "patch as plain JSON",
        "PATCH",
        f"{MAPS}/one",
        {},
        JSON,
        differs="the genuine message is 415: Unsupported Media Type, ours says what is taken",
    )
    copies = [{"op": "copy", "from": "/data", "path": f"/data/copy{number}"} for number in range(60)]
    yield send(group, "JSON patch that grows without bounds", "PATCH", f"{MAPS}/one", copies, PATCH)
    tests = [{"op": "test", "path": "/data/d", "value": "1"}] * 10_001
    yield send(group, "JSON patch of too many operations", "PATCH", f"{MAPS}/one", tests, PATCH)
    yield send(group, "JSON patch that is none", "PATCH", f"{MAPS}/one", {"op": "add"}, PATCH, ignore=("message",))
    for title, wrong in (
        ("a number for a name", {"name": 5}),
        ("a list of labels", {"name": "x", "labels": [1]}),
        ("a number for a label", {"name": "x", "labels": {"a": 1}}),
        ("a text of finalizers", {"name": "x", "finalizers": "x"}),
        ("nonsense for a time", {"name": "x", "creationTimestamp": "x"}),
    ):
        yield send(group, f"create with {title}", "POST", MAPS, {"metadata": wrong}, ignore=("message",))
    bad_data = config_map("x", data={"a": 1})
    yield send(group, "create with a number for data", "POST", MAPS, bad_data, ignore=("message",))
    yield send(group, "create a Namespace with a dot", "POST", "/api/v1/namespaces", {"metadata": {"name": "a.b"}})
    yield send(group, "create what is too large", "POST", MAPS, config_map("x", data={"a": "x" * (4 << 20)}))
    pod = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "p", "labels": {"app": "web"}}}
    pod["spec"] = {"containers": [{"name": "c", "image": "nginx"}]}
    yield send(group, "create a Pod", "POST", PODS, pod, ignore=("spec",))
    running = {"status": {"phase": "Running"}, "spec": {"nodeName": "elsewhere"}}
    yield send(group, "patch its status", "PATCH", f"{PODS}/p/status", running, MERGE, ignore=("spec",))
    yield send(
        group,
        "patch a status elsewhere",
        "PATCH",
        f"{PODS}/p",
        {"status": {"phase": "Failed"}},
        MERGE,
        ignore=("spec",),
    )
    node = {"kind": "Node", "apiVersion": "v1", "metadata": {"name": "twin", "labels": {"twin": "yes"}}}
    yield send(group, "create a Node", "POST", NODES, node, compare="status")
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}
    deployment = {"kind": "Deployment", "apiVersion": "apps/v1", "metadata": {"name": "web"}}
    deployment["spec"] = {"selector": {"matchLabels": {"app": "web"}}, "template": template}
    yield send(group, "create a Deployment", "POST", DEPLOYMENTS, deployment, ignore=("spec",))
    replicas = {"spec": {"replicas": 5}}
    yield get(group, "its scale", f"{DEPLOYMENTS}/web/scale")
    yield send(group, "patch its scale", "PATCH", f"{DEPLOYMENTS}/web/scale", replicas, MERGE)
    yield send(
        group,
        "patch its scale to less than none",
        "PATCH",
        f"{DEPLOYMENTS}/web/scale",
        {"spec": {"replicas": -1}},
        MERGE,
    )
    yield send(
        group,
        "patch its scale to nonsense",
        "PATCH",
        f"{DEPLOYMENTS}/web/scale",
        {"spec": {"replicas": "x"}},
        MERGE,
        compare="status",
    )
    scale = {"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": {"name": "web", "namespace": "twins"}}
    yield send(group, "update its scale", "PUT", f"{DEPLOYMENTS}/web/scale", scale)
    yield send(group, "scale of what is not there", "PATCH", f"{DEPLOYMENTS}/nobody/scale", replicas, MERGE)
    yield get(group, "scale of what has none", f"{MAPS}/one/scale")
    yield send(group, "scale it", "PATCH", f"{DEPLOYMENTS}/web", {"spec": {"replicas": 3}}, MERGE, ignore=("spec",))


def _objects() -> Iterator[Case]:
    group = "get"
    yield get(group, "an object", f"{MAPS}/one")
    yield get(group, "its status", f"{PODS}/p/status", ignore=("spec",))
    yield get(group, "one that is not there", f"{MAPS}/nobody")
    yield get(group, "one of a group that is not there", f"{DEPLOYMENTS}/nobody")
    yield get(group, "at a version from the future", f"{MAPS}/one?resourceVersion=99999999")
    yield get(group, "at nonsense", f"{MAPS}/one?resourceVersion=x")
    yield get(group, "at version 0", f"{MAPS}/one?resourceVersion=0")
    yield get(group, "as a table", f"{MAPS}/one", TABLE)
    yield get(group, "metadata alone", f"{MAPS}/one", PARTIAL)
    yield get(group, "metadata of a list, of one object", f"{MAPS}/one", PARTIALS)
    yield Case(group, "HEAD", "HEAD", f"{MAPS}/one", compare="status")


def _lists() -> Iterator[Case]:
    group = "list"
    yield get(group, "all of a namespace", MAPS, keep={"listed": "metadata.resourceVersion"})
    yield get(group, "of a namespace that is not there", "/api/v1/namespaces/nowhere/configmaps")
    yield get(
        group, "first page", f"{MAPS}?limit=2", keep={"token": "metadata.continue", "paged": "metadata.resourceVersion"}
    )
    yield send(group, "a change between two pages", "POST", MAPS, config_map("between"))
    yield send(group, "a deletion between two pages", "DELETE", f"{MAPS}/three", None)
    yield get(group, "second page", f"{MAPS}?limit=2&continue={{token}}", keep={"token2": "metadata.continue"})
    yield get(group, "last page", f"{MAPS}?limit=9&continue={{token2}}")
    yield get(group, "exactly that version", f"{MAPS}?resourceVersion={{paged}}&resourceVersionMatch=Exact")
    yield get(
        group,
        "not older than that version",
        f"{MAPS}?resourceVersion={{paged}}&resourceVersionMatch=NotOlderThan",
        unordered=True,
    )
    yield get(group, "a version without a match", f"{MAPS}?resourceVersion={{paged}}", unordered=True)
    yield get(group, "a version with a limit", f"{MAPS}?resourceVersion={{paged}}&limit=2")
    yield get(group, "version 0", f"{MAPS}?resourceVersion=0", unordered=True)
    yield get(group, "version 0 with a limit", f"{MAPS}?resourceVersion=0&limit=2", unordered=True)
    yield get(group, "a first page with a selector", f"{MAPS}?limit=1&labelSelector=app%3Dweb")
    yield get(group, "a version from the future", f"{MAPS}?resourceVersion=99999999")
    yield get(group, "a version from the future with a limit", f"{MAPS}?resourceVersion=99999999&limit=2")
    yield get(group, "exactly a version from the future", f"{MAPS}?resourceVersion=99999999&resourceVersionMatch=Exact")
    yield get(group, "nonsense for a version", f"{MAPS}?resourceVersion=x")
    yield get(group, "a match without a version", f"{MAPS}?resourceVersionMatch=Exact")
    yield get(group, "exactly version 0", f"{MAPS}?resourceVersion=0&resourceVersionMatch=Exact")
    yield get(group, "an unknown match", f"{MAPS}?resourceVersion=1&resourceVersionMatch=Bogus")
    yield get(group, "nonsense for a limit", f"{MAPS}?limit=x")
    yield get(group, "a negative limit", f"{MAPS}?limit=-1")
    for text in ("1_0", "%201", "%2B2", "%D9%A3", "9" * 25):
        yield get(group, f"an odd limit: {text}", f"{MAPS}?limit={text}", ignore=("continue", "remainingItemCount"))
    yield get(group, "a version out of range", f"{MAPS}?resourceVersion={'9' * 25}")
    yield get(group, "nonsense for a timeout", f"{MAPS}?timeoutSeconds=x")
    yield get(group, "a version and a token", f"{MAPS}?continue={{token}}&resourceVersion=5")
    for token in ("abc", "%21%21%21"):
        yield get(
            group,
            f"garbage for a token: {token}",
            f"{MAPS}?limit=1&continue={token}",
            ignore=("message",),
        )


_SELECTORS = (
    "app=web",
    "app==web",
    "app!=web",
    "tier in (o, t)",
    "tier in (o,)",
    "tier notin (o)",
    "!app",
    "app,tier!=o",
    "app in ()",
    "app>1",
    "a=b=c",
    "a in b",
    ",",
    "a,",
    "a b",
    "in (x)",
    "-bad",
    "a=-b",
    "a in (b",
    "a/b/c=d",
    "!a=b",
)

_FIELDS = (
    ("configmaps", "metadata.name=one"),
    ("configmaps", "metadata.name!=one,metadata.namespace==twins"),
    ("configmaps", "metadata.name=one,"),
    ("configmaps", "spec.x=1"),
    ("configmaps", "foo"),
    ("pods", "status.phase=Running"),
    ("pods", "spec.nodeName="),
    ("pods", "spec.hostNetwork=true"),
    ("secrets", "type=Opaque"),
    ("events", "involvedObject.kind=Pod,type!=Normal"),
)


def _selectors() -> Iterator[Case]:
    for text in _SELECTORS:
        yield get("label selector", f"`{text}`", f"{MAPS}?labelSelector={quote(text)}")
    for plural, text in _FIELDS:
        yield get(
            "field selector", f"{plural} `{text}`", f"{HOME}/{plural}?fieldSelector={quote(text)}", ignore=("spec",)
        )


def _shapes() -> Iterator[Case]:
    group = "accept"
    yield get(group, "a table", MAPS, TABLE)
    yield get(group, "a page of a table", f"{MAPS}?limit=1", TABLE)
    yield get(group, "a table of whole objects", f"{MAPS}?includeObject=Object", TABLE)
    yield get(group, "a table without objects", f"{MAPS}?includeObject=None", TABLE)
    yield get(group, "a table with nonsense", f"{MAPS}?includeObject=Bogus", TABLE)
    yield get(group, "a table of Pods", PODS, TABLE)
    yield get(group, "a table of Deployments", DEPLOYMENTS, TABLE)
    yield get(group, "a table, else JSON", MAPS, f"{TABLE},application/json")
    yield get(group, "metadata of a list", MAPS, PARTIALS)
    yield get(group, "a page of metadata", f"{MAPS}?limit=2", PARTIALS)
    yield get(group, "metadata of one object, of a list", MAPS, PARTIAL)
    yield get(group, "anything", MAPS, "*/*")
    yield get(group, "nothing said", MAPS, "")
    yield get(group, "HTML", MAPS, "text/html")
    yield get(group, "any application", MAPS, "application/*")
    yield get(group, "an unknown shape, else JSON", MAPS, "application/json;as=Foo;v=v1;g=meta.k8s.io,application/json")
    yield get(
        group,
        "a table of an unknown version",
        MAPS,
        "application/json;as=Table;v=v9;g=meta.k8s.io",
        differs="the genuine server names YAML and protobuf too",
    )
    yield get(group, "YAML", MAPS, "application/yaml", compare="status")
    yield get(group, "a table in YAML", MAPS, "application/yaml;as=Table;v=v1;g=meta.k8s.io", compare="status")
    yield get(group, "indented", f"{MAPS}/one?pretty=true")
    yield get(group, "for curl", f"{MAPS}/one", headers={"User-Agent": "curl/8.5"})
    protobuf = "application/vnd.kubernetes.protobuf"
    yield get(group, "protobuf", MAPS, protobuf, compare="status", differs="no protobuf here: 406")
    large = config_map("large", data={"text": "homelab " * 30_000})
    yield send(group, "create a large ConfigMap", "POST", MAPS, large, ignore=("text",))
    zipped = {"Accept-Encoding": "gzip"}
    yield get(group, "gzip of a large list", MAPS, headers=zipped, compare="status")
    yield get(group, "gzip of a small object", f"{MAPS}/one", headers=zipped)
    yield send(group, "delete it again", "DELETE", f"{MAPS}/large", None)


_KINDS = """
api/v1: configmaps endpoints events limitranges namespaces nodes persistentvolumeclaims persistentvolumes pods
  podtemplates replicationcontrollers resourcequotas secrets serviceaccounts services
apps/v1: controllerrevisions daemonsets deployments replicasets statefulsets
batch/v1: jobs
batch/v1beta1: cronjobs
admissionregistration.k8s.io/v1: mutatingwebhookconfigurations validatingwebhookconfigurations
apiextensions.k8s.io/v1: customresourcedefinitions
apiregistration.k8s.io/v1: apiservices
autoscaling/v1: horizontalpodautoscalers
certificates.k8s.io/v1: certificatesigningrequests
coordination.k8s.io/v1: leases
discovery.k8s.io/v1beta1: endpointslices
flowcontrol.apiserver.k8s.io/v1beta1: flowschemas prioritylevelconfigurations
networking.k8s.io/v1: ingressclasses ingresses networkpolicies
node.k8s.io/v1: runtimeclasses
policy/v1beta1: poddisruptionbudgets
rbac.authorization.k8s.io/v1: clusterrolebindings clusterroles rolebindings roles
scheduling.k8s.io/v1: priorityclasses
storage.k8s.io/v1: csidrivers csinodes storageclasses volumeattachments
"""


def _columns() -> Iterator[Case]:
    """Which columns each kind has; there are no rows in common."""
    for block in _KINDS.replace("\n  ", " ").strip().splitlines():
        version, _, plurals = block.partition(": ")
        root = version if version.startswith("api/") else f"apis/{version}"
        for plural in plurals.split():
            yield get("columns", plural, f"/{root}/{plural}?limit=1", TABLE, ignore=("rows", "metadata"))


def _watches() -> Iterator[Case]:
    group = "watch"
    yield get(group, "where it begins", MAPS, keep={"since": "metadata.resourceVersion"})
    yield send(group, "a creation", "POST", MAPS, config_map("seen", metadata={"labels": {"ring": "a"}}))
    yield send(group, "a change", "PATCH", f"{MAPS}/seen", {"metadata": {"labels": {"ring": "b"}}}, MERGE)
    yield send(group, "an end", "DELETE", f"{MAPS}/seen", None)
    resumed = f"{MAPS}?watch=1&timeoutSeconds=1&resourceVersion={{since}}"
    yield get(group, "resumed", resumed)
    yield get(group, "resumed, those of a label", f"{resumed}&labelSelector=ring%3Da")
    yield get(group, "resumed, one by name", f"{resumed}&fieldSelector=metadata.name%3Dnobody")
    yield get(group, "resumed, as tables", resumed, TABLE)
    yield get(group, "resumed, metadata alone", resumed, PARTIAL)
    yield get(
        group,
        "of a namespace without a version",
        f"{MAPS}?watch=true&timeoutSeconds=1&fieldSelector=metadata.name%3Done",
    )
    yield get(
        group, "at version 0", f"{MAPS}?watch=true&timeoutSeconds=1&resourceVersion=0&fieldSelector=metadata.name%3Done"
    )
    yield get(group, "at a version from the future", f"{MAPS}?watch=true&timeoutSeconds=1&resourceVersion=99999999")
    yield get(group, "watch=false lists", f"{MAPS}?watch=false")
    yield get(group, "nonsense for a version", f"{MAPS}?watch=1&resourceVersion=x")
    yield get(group, "nonsense for a timeout", f"{MAPS}?watch=1&timeoutSeconds=x")
    yield get(group, "a match", f"{MAPS}?watch=1&resourceVersion=1&resourceVersionMatch=NotOlderThan")
    yield get(group, "an unknown field", f"{MAPS}?watch=1&fieldSelector=a%3Db")
    yield get(group, "a bad label selector", f"{MAPS}?watch=1&labelSelector=a%20b")
    yield get(
        group,
        "bookmarks",
        f"{MAPS}?watch=1&allowWatchBookmarks=true&timeoutSeconds=4&resourceVersion={{since}}&labelSelector=no",
        differs="a short watch ends with a bookmark here; the genuine server sends none in 4 s",
    )


def _users() -> Iterator[Case]:
    group = "user"
    yield get(group, "a wrong token", f"{MAPS}/one", user="stranger")
    yield get(group, "no token", f"{MAPS}/one", user="nobody")
    yield get(group, "no token: version", "/version", user="nobody", compare="status")
    yield get(group, "no token: discovery", "/apis", user="nobody")
    for path in (NODES, f"{NODES}/x", DEPLOYMENTS, "/metrics", f"{MAPS}?watch=1"):
        yield get(group, f"limited: GET {path.removeprefix('/api')}", path, user="limited")
    yield send(group, "limited: create", "POST", MAPS, config_map("x"), user="limited")
    yield send(group, "limited: delete", "DELETE", f"{MAPS}/one", None, user="limited")
    yield send(group, "limited: delete all", "DELETE", MAPS, None, user="limited")
    yield send(group, "limited: patch a status", "PATCH", f"{PODS}/p/status", {}, MERGE, user="limited")
    yield get(group, "limited: not there, but allowed", "/api/v1/namespaces/media/pods/nobody", user="limited")
    basic = {"Authorization": "Basic YTpi"}
    yield get(group, "basic authorization, which is none", "/apis", user="nobody", headers=basic, compare="status")
    acting = {"Impersonate-User": "limited"}
    yield get(group, "admin as limited: nodes", NODES, headers=acting)
    media = "/api/v1/namespaces/media/pods"
    yield get(group, "admin as limited: pods in media", media, headers=acting, compare="status")
    masters = {"Impersonate-User": "bob", "Impersonate-Group": "system:masters"}
    yield get(group, "admin as a master", f"{MAPS}/one", headers=masters)
    yield get(
        group,
        "admin as a group alone",
        NODES,
        headers={"Impersonate-Group": "a"},
        differs="the genuine server says so in plain text",
    )
    account = {"Impersonate-User": "system:serviceaccount:media:default"}
    yield get(group, "admin as a ServiceAccount", NODES, headers=account)
    yield get(group, "limited as admin", NODES, user="limited", headers={"Impersonate-User": "admin"})
    asked: tuple[tuple[str, dict[str, Any]], ...] = (
        ("list pods everywhere", {"resourceAttributes": {"verb": "list", "resource": "pods"}}),
        ("list pods in media", {"resourceAttributes": {"verb": "list", "resource": "pods", "namespace": "media"}}),
        ("delete pods in media", {"resourceAttributes": {"verb": "delete", "resource": "pods", "namespace": "media"}}),
        ("get /version", {"nonResourceAttributes": {"verb": "get", "path": "/version"}}),
        ("get /metrics", {"nonResourceAttributes": {"verb": "get", "path": "/metrics"}}),
    )
    for title, spec in asked:
        review = {"kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1", "spec": spec}
        for user in ("admin", "limited"):
            yield send(group, f"{user}: may I {title}", "POST", REVIEWS, review, user=user, ignore=("reason",))
    empty = {"kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1", "spec": {}}
    yield send(group, "may I: nothing asked", "POST", REVIEWS, empty)
    yield get(group, "reviews cannot be listed", REVIEWS)


_GROUPS = tuple(
    f"/apis/{group}.k8s.io/v1"
    for group in ("authorization", "apiregistration", "coordination", "rbac.authorization", "scheduling", "storage")
)


def _paths() -> Iterator[Case]:
    group = "path"
    for path in ("/healthz", "/livez", "/readyz", "/readyz/ping", "/healthz/etcd"):
        yield get(group, path, path)
    yield get(group, "/readyz?verbose", "/readyz?verbose", compare="status")
    for name in ("%2e", "%2e%2e", "a%2Fb", "a%20b"):
        yield get(group, f"an object named {name}", f"{MAPS}/{name}")
    yield get(group, "two slashes", "/api/v1/namespaces//twins/configmaps", compare="status")
    old = "/api/v1/watch/namespaces/twins/configmaps?timeoutSeconds=1&fieldSelector=metadata.name%3Done"
    yield get(group, "the old path of a watch", old)
    for path in ("/readyz/nothing", "/nothing", "/"):
        yield get(group, path, path, compare="status")
    yield get(group, "/version", "/version", compare="status")
    yield get(group, "/api", "/api")
    for path in ("/apis", "/apis/apps", "/api/v1", "/apis/apps/v1", "/apis/batch/v1", *_GROUPS):
        yield get(group, path, path, compare="within")
    for path in (
        "/apis/nothing",
        "/apis/nothing/v1",
        "/apis/nothing/v1/things",
        "/api/v1/nothing",
        "/api/v2",
        "/apis/apps/v1/nothing",
    ):
        yield get(group, path, path)
    yield send(group, "POST /version", "POST", "/version", {})


def _ends() -> Iterator[Case]:
    group = "delete"
    wrong = {"preconditions": {"uid": "another"}}
    yield send(group, "with another uid", "DELETE", f"{MAPS}/one", wrong)
    yield send(group, "with an old version", "DELETE", f"{MAPS}/one", {"preconditions": {"resourceVersion": "1"}})
    yield send(group, "in a dry run", "DELETE", f"{MAPS}/one?dryRun=All", None)
    yield send(group, "with the right uid", "DELETE", f"{MAPS}/one", {"preconditions": {"uid": "{uid}"}})
    yield send(group, "again", "DELETE", f"{MAPS}/one", None)
    held = {"metadata": {"finalizers": ["twins.test/hold"]}}
    yield send(group, "put a finalizer on", "PATCH", f"{PODS}/p", held, MERGE, ignore=("spec",))
    yield send(group, "what has a finalizer", "DELETE", f"{PODS}/p", None, ignore=("spec",))
    yield get(group, "which is still there", f"{PODS}/p", ignore=("spec",))
    yield send(
        group,
        "take the finalizer off",
        "PATCH",
        f"{PODS}/p",
        {"metadata": {"finalizers": None}},
        MERGE,
        ignore=("spec",),
    )
    yield get(group, "which is gone", f"{PODS}/p")
    yield send(group, "a Deployment", "DELETE", f"{DEPLOYMENTS}/web", None)
    yield send(group, "those of a label", "DELETE", f"{MAPS}?labelSelector=tier%3Df", None)
    yield send(group, "all of every namespace", "DELETE", "/api/v1/configmaps", None)
    yield send(group, "a Namespace", "DELETE", "/api/v1/namespaces/twins", None)
    yield send(group, "create in a Namespace that ends", "POST", MAPS, config_map("late"), ignore=("details",))


def compacted() -> list[Case]:
    """After both have forgotten every version before now."""
    group = "compaction"
    return [
        get(
            group,
            "a continue token from before",
            f"{MAPS}?limit=2&continue={{token}}",
            keep={"rest": "metadata.continue"},
        ),
        get(group, "the token that came with the 410", f"{MAPS}?limit=2&continue={{rest}}"),
        get(group, "exactly a version from before", f"{MAPS}?resourceVersion={{paged}}&resourceVersionMatch=Exact"),
    ]
