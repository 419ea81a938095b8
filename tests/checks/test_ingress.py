"""Ingress classes and their controllers; ingresses and their classes."""

import pytest

from homeperf_ray.checks.thresholds import Override, Thresholds
from homeperf_ray.kube.resources import DAEMON_SETS, DEPLOYMENTS, INGRESS_CLASSES, INGRESSES
from tests.checks.judging import HOUR, MINUTE, found, judge, meta

NGINX = "registry.k8s.io/ingress-nginx/controller:v1.12.2@sha256:1"


def ingress_class(name="nginx", controller="k8s.io/ingress-nginx", *, default=False):
    annotations = {"ingressclass.kubernetes.io/is-default-class": "true"} if default else None
    return {"metadata": meta(name, "", annotations=annotations), "spec": {"controller": controller}}


def workload(name="ingress-nginx-controller", image=NGINX, *, desired=1, available=1, args=(), labels=None):
    template = {"spec": {"containers": [{"name": "c", "image": image, "args": list(args)}]}}
    return {
        "metadata": meta(name, "network", labels=labels),
        "spec": {"replicas": desired, "template": template},
        "status": {
            "availableReplicas": available,
            "readyReplicas": available,
            "numberAvailable": available,
            "desiredNumberScheduled": desired,
        },
    }


def ingress(name="web", named="nginx", *, legacy=None, address=False, age=HOUR):
    annotations = {"kubernetes.io/ingress.class": legacy} if legacy else None
    spec = {"rules": [{"host": "web.home.arpa"}], **({"ingressClassName": named} if named else {})}
    balancer = {"ingress": [{"ip": "192.168.1.200"}]} if address else {}
    status = {"loadBalancer": balancer}
    return {"metadata": meta(name, age=age, annotations=annotations), "spec": spec, "status": status}


def controllers(classes, deployments=(), daemon_sets=(), ingresses=None):
    objects = {INGRESS_CLASSES: classes, DEPLOYMENTS: deployments, DAEMON_SETS: daemon_sets}
    if ingresses is not None:
        objects[INGRESSES] = ingresses
    judgement = judge("ingress-controllers", objects)
    assert judgement.examined == len(classes)
    return judgement


@pytest.mark.parametrize(
    ("controller", "name", "image"),
    [
        ("k8s.io/ingress-nginx", "ingress-nginx-controller", NGINX),
        ("k8s.io/ingress-nginx", "my-nginx", "mirror.lan/ingress-nginx/controller:v1"),
        ("k8s.io/ingress-nginx", "rke2-ingress-nginx-controller", "rancher/mirrored:v1"),
        ("traefik.io/ingress-controller", "traefik", "rancher/mirrored-library-traefik:3.3.2"),
        ("traefik.io/ingress-controller", "edge", "docker.io/library/traefik:v3"),
        ("cilium.io/ingress-controller", "cilium-operator", "quay.io/cilium/operator-generic:v1.17"),
        ("haproxy.org/ingress-controller/haproxy", "kubernetes-ingress", "haproxytech/kubernetes-ingress:3"),
        ("tailscale.com/ts-ingress", "operator", "tailscale/k8s-operator:v1.84"),
        ("nginx.org/ingress-controller", "nic", "nginx/nginx-ingress:5.0"),
    ],
)
def test_a_running_controller_is_recognised(controller, name, image):
    judgement = controllers([ingress_class(controller=controller)], [workload(name, image)])
    assert (judgement.findings, judgement.notes) == ((), ())
    assert controllers([ingress_class(controller=controller)], [], [workload(name, image)]).findings == ()


def test_a_web_server_is_no_ingress_controller():
    judgement = controllers([ingress_class()], [workload("nginx", "nginx:1.27", labels={"app": "nginx"})])
    assert found(judgement) == {"IngressClass/nginx": ["HP401"]}


def test_a_class_without_controller_says_who_suffers():
    judgement = controllers([ingress_class()], ingresses=[ingress("a"), ingress("b"), ingress("c", "other")])
    assert found(judgement) == {"IngressClass/nginx": ["HP401"]}
    assert "2 ingresses use it" in judgement.findings[0].message


def test_a_class_that_nobody_uses_is_only_a_warning():
    assert found(controllers([ingress_class()], ingresses=[])) == {"IngressClass/nginx": ["HP404"]}


def test_ingresses_without_a_class_count_for_the_default_class():
    judgement = controllers([ingress_class(default=True)], ingresses=[ingress(named="")])
    assert found(judgement) == {"IngressClass/nginx": ["HP401"]}


def test_a_controller_that_is_down_or_behind():
    down = controllers([ingress_class()], [workload(available=0)])
    assert found(down) == {"IngressClass/nginx": ["HP402"]}
    assert "Deployment network/ingress-nginx-controller" in down.findings[0].message
    assert down.findings[0].hint == "kubectl -n network get pods -o wide"
    assert found(controllers([ingress_class()], [workload(desired=3, available=2)])) == {
        "IngressClass/nginx": ["HP403"]
    }


def test_two_controllers_of_one_program_are_told_apart_by_what_they_say():
    classes = [ingress_class("internal", "k8s.io/internal"), ingress_class("external", "k8s.io/external")]
    inside = workload("internal-controller", args=["/nginx", "--controller-class=k8s.io/internal"])
    outside = workload("external-controller", args=["--controller-class=k8s.io/external"], available=0)
    assert found(controllers(classes, [inside, outside])) == {"IngressClass/external": ["HP402"]}


def test_a_controller_that_says_it_is_another_is_not_taken_for_this_one():
    other = workload(args=["--controller-class=k8s.io/internal"])
    assert found(controllers([ingress_class()], [other])) == {"IngressClass/nginx": ["HP401"]}


def test_an_unknown_controller_is_a_note():
    judgement = controllers([ingress_class(controller="example.org/mine"), ingress_class("odd", None)], [workload()])
    assert judgement.findings == ()
    assert len(judgement.notes) == 2
    assert "example.org/mine" in judgement.notes[0]


def ingresses(items, classes):
    objects = {INGRESSES: items} | ({} if classes is None else {INGRESS_CLASSES: classes})
    judgement = judge("ingresses", objects)
    assert judgement.examined == len(items)
    return found(judgement)


def test_ingresses_of_a_known_class_are_well_whether_or_not_they_have_an_address():
    assert ingresses([ingress(), ingress("b", address=True)], [ingress_class()]) == {}


def test_a_class_that_does_not_exist_is_found_in_the_spec_and_in_the_old_annotation():
    sick = [ingress("a", "ngnix"), ingress("b", "", legacy="traefik"), ingress("new", "ngnix", age=MINUTE)]
    assert ingresses(sick, [ingress_class()]) == {"Ingress/a": ["HP405"], "Ingress/b": ["HP405"]}


def test_an_ingress_that_has_an_address_is_served_whatever_it_names():
    assert ingresses([ingress("a", "", legacy="nginx", address=True), ingress("b", "", address=True)], []) == {}


def test_an_ingress_without_a_class_needs_a_default():
    assert ingresses([ingress(named="")], [ingress_class()]) == {"Ingress/web": ["HP406"]}
    assert ingresses([ingress(named="")], [ingress_class(default=True)]) == {}


def test_without_knowing_the_classes_nothing_is_said():
    assert ingresses([ingress("a", "ngnix")], None) == {}


def test_other_limits_for_one_ingress():
    eager = Override(object="Ingress/new", limits=(("address_grace", 1.0),))
    patient = Override(namespace="media", object="Ingress/old", limits=(("address_grace", 2 * HOUR),))
    items = [ingress("new", "ngnix", age=MINUTE), ingress("other", "ngnix", age=MINUTE), ingress("old", "ngnix")]
    thresholds = Thresholds(overrides=(eager, patient))
    judgement = judge("ingresses", {INGRESSES: items, INGRESS_CLASSES: [ingress_class()]}, thresholds)
    assert found(judgement) == {"Ingress/new": ["HP405"]}
