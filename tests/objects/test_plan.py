from homeperf_ray.kube.catalog import Catalog
from homeperf_ray.kube.naming import Named
from homeperf_ray.kube.request import Access
from homeperf_ray.kube.resources import GroupResource, ServedResource
from homeperf_ray.objects.job import GetJob, Wanted
from homeperf_ray.objects.plan import make_plan, needs_catalog


def custom(group: str, plural: str, kind: str, *short: str, namespaced: bool = True, version: str = "v1", **named):
    return Named(ServedResource(GroupResource(group, plural), version, kind, namespaced), kind.lower(), short, **named)


CATALOG = Catalog(
    named=(
        custom("postgresql.cnpg.io", "clusters", "Cluster"),
        custom("cluster.x-k8s.io", "clusters", "Cluster", "cl"),
        custom("helm.toolkit.fluxcd.io", "helmreleases", "HelmRelease", "hr", version="v2"),
        custom("helm.toolkit.fluxcd.io", "helmreleases", "HelmRelease", "hr", version="v2beta2"),
        custom("x.example", "things", "Thing", categories=("all",)),
        custom("y.example", "gadgets", "Gadget", categories=("all",), namespaced=False),
    ),
    faults=("z.example/v1: its backend does not answer",),
)


def job(*words: str, **options) -> GetJob:
    wanted = tuple(Wanted(word) for word in words)
    return GetJob(run="r", access=Access(()), wanted=options.pop("wanted", wanted), form="table", **options)


def planned(*words: str, **options) -> list[str]:
    return [part.path for part in make_plan(job(*words, **options), CATALOG, "home").parts]


def test_what_every_server_has_needs_no_discovery():
    assert not needs_catalog(job("po", "Deployment", "ingress", "pvc", "jobs.batch", "deployments.v1.apps"))
    assert needs_catalog(job("pods", "hr"))
    assert needs_catalog(job("cronjobs"))


def test_a_kind_may_be_called_by_any_of_its_names():
    for word in ("pods", "pod", "po", "Pod", "PODS", "pods.v1"):
        assert planned(word) == ["/api/v1/namespaces/home/pods"]
    for word in ("deploy", "deployments.apps", "deployment.apps", "Deployment", "deployments.v1.apps"):
        assert planned(word) == ["/apis/apps/v1/namespaces/home/deployments"]
    for word in ("hr", "helmrelease", "helmreleases.helm.toolkit.fluxcd.io", "helmreleases.v2.helm.toolkit.fluxcd.io"):
        assert planned(word) == ["/apis/helm.toolkit.fluxcd.io/v2/namespaces/home/helmreleases"]
    older = planned("helmreleases.v2beta2.helm.toolkit.fluxcd.io")
    assert older == ["/apis/helm.toolkit.fluxcd.io/v2beta2/namespaces/home/helmreleases"]


def test_namespaces_are_lists_of_their_own_and_nothing_is_asked_twice():
    assert planned("po", "pods", namespaces=("a", "b")) == ["/api/v1/namespaces/a/pods", "/api/v1/namespaces/b/pods"]
    assert planned("pods", namespaces=None) == ["/api/v1/pods"]


def test_what_has_no_namespace_is_asked_for_once():
    assert planned("no", namespaces=("a", "b")) == ["/api/v1/nodes"]


def test_names_are_objects_in_each_namespace():
    wanted = (Wanted("svc", ("web", "db")),)
    assert planned(wanted=wanted, namespaces=("a",)) == [
        "/api/v1/namespaces/a/services/web",
        "/api/v1/namespaces/a/services/db",
    ]


def test_a_word_that_means_several_is_taken_for_the_first_and_says_so():
    plan = make_plan(job("clusters"), CATALOG, "home")
    assert [str(part.request.served.resource) for part in plan.parts] == ["clusters.postgresql.cnpg.io"]
    assert plan.notes == ("clusters is taken for clusters.postgresql.cnpg.io; there is also clusters.cluster.x-k8s.io",)
    assert planned("clusters.cluster.x-k8s.io") == ["/apis/cluster.x-k8s.io/v1/namespaces/home/clusters"]
    assert make_plan(job("cl"), CATALOG, "home").notes == ()


def test_a_category_is_all_of_its_kinds():
    assert planned("all") == ["/apis/x.example/v1/namespaces/home/things", "/apis/y.example/v1/gadgets"]


def test_an_unknown_kind_is_a_failure_with_a_suggestion_and_the_rest_is_asked_for():
    plan = make_plan(job("pods", "helmrelaeses"), CATALOG, "home")
    assert len(plan.parts) == 1
    [failure] = plan.failures
    assert failure.message.startswith("the server has no resource type 'helmrelaeses'")
    assert "z.example" in failure.message
    assert failure.hint == "Did you mean helmreleases?"
