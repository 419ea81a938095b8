"""Every format of every survey, as it was when somebody last looked at it.

``HOMEPERF_GOLDEN=rewrite pytest tests/render`` writes them anew; look at the difference before you commit it.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import click
import pytest

from homeperf_ray.render.formats import FORMATS, render
from tests.render.surveys import SURVEYS

GOLDEN = Path(__file__).with_name("golden")


@pytest.fixture(autouse=True)
def in_utc(monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("output", FORMATS)
@pytest.mark.parametrize("name", SURVEYS)
def test_it_looks_as_it_did(name: str, output: str):
    shown = "".join(f"{click.unstyle(line)}\n" for line in render(SURVEYS[name], output, width=100))
    path = GOLDEN / f"{name}.{output}"
    if os.environ.get("HOMEPERF_GOLDEN") == "rewrite":
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(shown, "utf-8")
    assert shown == path.read_text("utf-8")
