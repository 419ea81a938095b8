"""Flux's controllers."""

import pytest

from homeperf_ray.kube.resources import DEPLOYMENTS, GIT_REPOSITORIES, HELM_RELEASES, KUSTOMIZATIONS
from tests.checks.judging import MINUTE, found, judge, meta
from tests.checks.test_flux import flux

THREE = ("source-controller", "kustomize-controller", "helm-controller")


def controller(name, desired=1, available=None, *, age=1e6, image=""):
    there = desired if available is None else available
    template = {"spec": {"containers": [{"image": image or f"ghcr.io/fluxcd/{name}:v1.6.2@sha256:0"}]}}
    spec = {"replicas": desired, "template": template}
    return {"metadata": meta(name, "flux-system", age=age), "spec": spec, "status": {"availableReplicas": there}}


def controllers(*deployments, kinds=(GIT_REPOSITORIES, KUSTOMIZATIONS, HELM_RELEASES), partial=None):
    objects = {DEPLOYMENTS: deployments, **{kind: [flux()] for kind in kinds}}
    return judge("flux-controllers", objects, partial=partial)


def test_all_are_there():
    assert controllers(*map(controller, THREE)).findings == ()


@pytest.mark.parametrize(("desired", "said"), [(1, "none of 1 pods is available"), (0, "it is scaled to zero")])
def test_one_is_down(desired, said):
    [finding] = controllers(*map(controller, THREE[:2]), controller(THREE[2], desired, 0)).findings
    assert (finding.code, finding.object) == ("HP509", "Deployment/helm-controller")
    assert finding.message == f"{said}: what it looks after stays as it is"


def test_one_is_behind_or_new():
    others = tuple(map(controller, THREE[:2]))
    assert found(controllers(*others, controller(THREE[2], 2, 1))) == {"Deployment/helm-controller": ["HP510"]}
    assert controllers(*others, controller(THREE[2], 1, 0, age=MINUTE)).findings == ()


def test_nobody_is_there_for_a_kind():
    [finding] = controllers(*map(controller, THREE[:2])).findings
    assert (finding.code, finding.object) == (
        "HP511",
        "CustomResourceDefinition/helmreleases.helm.toolkit.fluxcd.io",
    )
    assert finding.message == "there is no helm-controller for 1 object of kind HelmRelease"


def test_a_controller_is_known_by_its_image_whatever_its_name_and_registry():
    renamed = controller("helm-shard-1", image="registry.home.arpa:5000/mirror/helm-controller:v1")
    assert controllers(*map(controller, THREE[:2]), renamed).findings == ()
    stranger = controller("helm-controller", image="ghcr.io/k3s-io/klipper-helm:v0.9")
    assert found(controllers(*map(controller, THREE[:2]), stranger)) != {}


def test_kinds_without_objects_need_nobody():
    assert controllers(kinds=()).findings == ()
    assert controllers(controller("source-controller", 1, 0), kinds=()).findings == ()


def test_with_rights_on_a_part_nobody_is_missed():
    assert controllers(partial={DEPLOYMENTS: ("media",)}).findings == ()
