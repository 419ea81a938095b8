"""What ``get`` prints, of objects that nobody would make by accident."""

import pytest

from homeperf_ray.kube.request import Request
from homeperf_ray.kube.resources import CORE
from homeperf_ray.objects.job import Part
from homeperf_ray.objects.outcome import Gathering, Got
from homeperf_ray.objects.page import read_page
from homeperf_ray.render.objects import output

LEVELS = 900
"""Nearly as deep as can be read."""


@pytest.mark.parametrize("shape", ["json", "yaml", "jsonl"])
def test_an_object_that_is_nested_very_deep_is_printed_and_so_are_the_others(shape):
    deep = b'{"a":' * LEVELS + b"1" + b"}" * LEVELS
    page = read_page("object", b'{"kind":"PodList","items":[{"metadata":{"name":"web-0"}},{"spec":' + deep + b"}]}")
    gathering = Gathering(context="homelab", got=(Got(part=Part(Request(CORE[0])), pages=(page,)),))
    words = (
        "\n".join(output([gathering], shape))
        .replace('"', "")
        .replace(":", " ")
        .replace("{", " ")
        .replace("}", " ")
        .split()
    )
    assert words.count("web-0") == 1
    assert words.count("a") == LEVELS
