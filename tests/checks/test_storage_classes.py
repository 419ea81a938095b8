"""The default storage class."""

from homeperf_ray.kube.resources import STORAGE_CLASSES
from tests.checks.judging import found, judge
from tests.checks.test_claims import LOCAL, storage_class


def defaults(*classes):
    judgement = judge("storageclasses", {STORAGE_CLASSES: list(classes)})
    return judgement.examined, found(judgement)


def test_one_default_class_is_right_by_either_annotation():
    assert defaults(storage_class(), LOCAL) == (2, {})
    assert defaults(storage_class(beta=True)) == (1, {})


def test_no_default_class_and_no_class_at_all():
    assert defaults(LOCAL) == (1, {"StorageClass/default": ["HP303"]})
    assert defaults() == (1, {"StorageClass/default": ["HP303"]})


def test_several_default_classes_are_each_found_and_name_the_others():
    judgement = judge("storageclasses", {STORAGE_CLASSES: [storage_class("a"), storage_class("b"), LOCAL]})
    assert found(judgement) == {"StorageClass/a": ["HP304"], "StorageClass/b": ["HP304"]}
    assert judgement.findings[0].message.startswith("b is a default class too")
