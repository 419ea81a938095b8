from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio
import uvloop

from tests.probes.lab import Lab, a_lab


def pytest_asyncio_loop_factories(config: Any, item: Any) -> dict[str, Any]:
    """Commands run on uvloop, whose errors are not always asyncio's own; without it they run on that."""
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest_asyncio.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    async with a_lab(tmp_path) as found:
        yield found
