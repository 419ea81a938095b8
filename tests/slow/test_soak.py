"""The soak, short: a homelab that changes fast, and watchers that miss nothing."""

from __future__ import annotations

import pytest

from benchmarks.soak import soak
from tests.homelab import MakeHomelab

pytestmark = pytest.mark.slow


async def test_watchers_of_a_homelab_that_changes_miss_nothing(make_homelab: MakeHomelab):
    told = await soak(make_homelab(), seconds=20, rate=150, watchers=26, say=lambda _line: None)
    assert told["events"] > 2_000
    assert [problem for problem in told["problems"] if not problem.startswith("grew")] == []
