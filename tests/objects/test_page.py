from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from homeperf_ray.kube.errors import BadAnswer
from homeperf_ray.objects.page import read_page


def made(seconds: float) -> str:
    return (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()


def body(kind: str, **more) -> bytes:
    return json.dumps({"kind": kind, "apiVersion": "v1", "metadata": {"continue": "t0k"}} | more).encode()


def test_a_table_keeps_the_cells_of_the_server():
    columns = [{"name": "Name", "type": "string", "priority": 0}, {"name": "Node", "type": "string", "priority": 1}]
    rows = [{"cells": ["web-0", "n1"], "object": {"metadata": {"name": "web-0", "namespace": "media"}}}]
    page = read_page("table", body("Table", columnDefinitions=columns, rows=rows))
    assert (page.rows, page.continue_token) == (1, "t0k")
    assert [(column.name, column.priority) for column in page.columns] == [("Name", 0), ("Node", 1)]
    assert (page.cells[0].cells, page.cells[0].meta.namespace) == (("web-0", "n1"), "media")


@pytest.mark.parametrize("nothing", [{}, {"rows": None, "columnDefinitions": None}, {"rows": []}])
def test_an_empty_table(nothing):
    assert read_page("table", body("Table", **nothing)).rows == 0


def test_a_server_that_makes_no_tables_gives_names_and_ages():
    items = [{"metadata": {"name": "a", "namespace": "n", "creationTimestamp": made(3 * 86_400 + 5)}}, {}]
    page = read_page("table", body("PodMetricsList", items=items))
    assert [column.name for column in page.columns] == ["Name", "Age"]
    assert [row.cells for row in page.cells] == [("a", "3d"), ("", "<unknown>")]
    assert page.continue_token == "t0k"
    one = read_page("table", json.dumps(items[0]).encode(), single=True)
    assert [row.cells for row in one.cells] == [("a", "3d")]


def test_objects_are_kept_to_the_byte():
    raw = (
        b'{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[{"metadata":{"name":"a"},"n":1.50,"s":"\\u00e9"}]}'
    )
    page = read_page("object", raw)
    assert [bytes(item) for item in page.items] == [b'{"metadata":{"name":"a"},"n":1.50,"s":"\\u00e9"}']
    assert (page.kind, page.api_version) == ("Pod", "v1")


@pytest.mark.parametrize("form", ["table", "object"])
def test_what_is_no_list_is_refused(form):
    with pytest.raises(BadAnswer, match="a list was due, and Pod came"):
        read_page(form, body("Pod"))
