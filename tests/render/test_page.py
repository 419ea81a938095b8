"""docs/output.md names what the formats have."""

import re
from pathlib import Path

from homeperf_ray.render.formats import FORMATS, render
from tests.render.surveys import of, report

PAGE = (Path(__file__).parents[2] / "docs/output.md").read_text("utf-8")


def test_every_format_is_on_the_page():
    rows = "\n".join(re.findall(r"^\| (`.*?) \| ", PAGE, re.MULTILINE))
    assert [name for name in FORMATS if f"`{name}`" not in rows] == []


def test_every_gauge_is_on_the_page_with_its_labels():
    text = "\n".join(render(of(report()), "prometheus"))
    names = re.findall(r"^# TYPE (\S+) gauge", text, re.MULTILINE)
    assert re.findall(r"^\| `(homeperf_\w+)`", PAGE, re.MULTILINE) == names
    for name, labels in re.findall(r"^(homeperf_\w+)\{(.*)\} ", text, re.MULTILINE):
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{name}`"))
        assert re.findall(r"(\w+)=", labels) == re.findall(r"`(\w+)`", row.split("|")[2])


def test_every_key_of_the_object_is_on_the_page():
    from homeperf_ray.render.document import document

    assert [key for key in list(document(of(report())))[:10] if f"`{key}`" not in PAGE] == []
