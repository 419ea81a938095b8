"""Reading a report."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.apiserver.content.made import Sick


def found(report: dict[str, Any]) -> Counter[Sick]:
    """What was found; what could not be read is not among it."""
    return Counter(
        Sick(finding["namespace"], finding["object"], finding["code"])
        for finding in report["details"]
        if finding["severity"] != "error"
    )


def unread(report: dict[str, Any]) -> dict[str, str]:
    """What could not be read: the code by the name of the resource."""
    return {finding["object"]: finding["code"] for finding in report["details"] if finding["severity"] == "error"}
