"""The codes of volumes that fill up, apart from what it takes to judge them."""

from __future__ import annotations

from homeperf_ray.checks.finding import Code

NAME = "volume-growth"
"""What the check is called that gives them."""

_TO_DO = "homeperf trends storage -n {namespace}"

FILLS_SOON = Code("HP360", "a volume will be full within days", "critical", _TO_DO, ("growth_critical",))
FILLS = Code("HP361", "a volume fills up", "warning", _TO_DO, ("growth_warning",))
INODES_SOON = Code("HP362", "a volume will have no inode left within days", "critical", _TO_DO, ("growth_critical",))
INODES = Code("HP363", "a volume's inodes are being used up", "warning", _TO_DO, ("growth_warning",))

GROWTH_CODES = (FILLS_SOON, FILLS, INODES_SOON, INODES)
