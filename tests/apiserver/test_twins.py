"""The embedded homelab against a genuine server: the same requests, the answers compared field by field."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.apiserver.server import ApiServer
from tests.twins.run import run

pytestmark = pytest.mark.apiserver


def test_the_embedded_homelab_answers_as_a_genuine_server_does(assets: Path):
    with ApiServer(assets) as server:
        if server.minor != 20:
            pytest.skip("the cases know what 1.20 answers")
        outcomes, shown = run(server)
    wrong = {
        f"{one.case.group}: {one.case.title}": one.different or "alike, though they should differ"
        for one in outcomes
        if not one.right
    }
    assert wrong == {}, shown
    assert len(outcomes) > 150
