"""The key of what the runtime keeps: for whom, and what."""

from __future__ import annotations

from typing import Any

Key = tuple[str, str, Any]
"""Server, identity, and a Request, a Look, or words for discovery and for what Ceph says."""
