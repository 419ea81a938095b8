"""How long a certificate has left, and whether that is little: by its own life and by when it is to be renewed."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from homeperf_ray.checks.thresholds import Limits
from homeperf_ray.checks.verdict import ago

DAY = 86_400.0

Urgency = Literal["", "soon", "now"]


def urgency(
    now: datetime,
    limits: Limits,
    *,
    not_before: datetime | None,
    not_after: datetime | None,
    renewal: datetime | None = None,
) -> tuple[Urgency, str]:
    """Whether a certificate is not valid or about to expire (``now``), or will ``soon``; and the words for it.

    ``certificate_critical`` and ``certificate_warning`` are days that suit certificates of 90 days and more. One of
    a shorter life has less by design, so never more than a twelfth or a third of its own life is asked for: 2 h and
    8 h of a day. Of one that cert-manager renews, ``renewal`` tells when: until then, and for ``certificate_grace``
    after it, nothing is wrong however little is left, and it is urgent in the last half of the time from then on.
    """
    if not_before and not_before > now:
        return "now", f"is not valid for another {ago((not_before - now).total_seconds())}"
    if not_after is None:
        return "", ""
    left = (not_after - now).total_seconds()
    if left <= 0:
        return "now", f"expired {ago(abs(left))} ago"
    soon, urgent = limits.certificate_warning * DAY, limits.certificate_critical * DAY
    if not_before:
        life = (not_after - not_before).total_seconds()
        soon, urgent = min(soon, life / 3), min(urgent, life / 12)
    if renewal:
        window = (not_after - renewal).total_seconds()
        soon, urgent = min(soon, window - limits.certificate_grace), min(urgent, window / 2)
    message = f"expires in {ago(left)}"
    if left < urgent:
        return "now", message
    return ("soon", message) if left < soon else ("", message)
