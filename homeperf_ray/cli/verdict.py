"""The exit code of what was found."""

from __future__ import annotations

from typing import Literal

from homeperf_ray.executor.report import Survey

FailOn = Literal["critical", "warning", "never"]

_CODES = {"critical": 2, "error": 3, "warning": 1, "healthy": 0}


def exit_code(survey: Survey, fail_on: FailOn) -> int:
    """2 critical, else 3 something could not be judged, else 1 warnings, else 0; the worst of all contexts.

    ``fail_on`` critical lets warnings pass, never lets everything pass but a context that could not be judged at all.
    """
    if fail_on == "never":
        return 3 if any(report.failure for report in survey.reports) else 0
    code = _CODES[survey.summary.status]
    return 0 if code == 1 and fail_on == "critical" else code
