"""Doing many things at once, and taking each result as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable
from typing import Any, TypeVar

T = TypeVar("T")


async def each(work: Iterable[Coroutine[Any, Any, T]]) -> AsyncIterator[T]:
    """The results in the order in which they are ready; what is left is cancelled where the caller stops."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        for task in asyncio.as_completed(tasks):
            yield await task
    finally:
        for pending in tasks:
            pending.cancel()
