"""Redaction: what a program wrote into its log or an event may hold what nobody should see."""

from __future__ import annotations

import re

from homeperf_ray.kube.secret import MASK

_PATTERNS = (
    re.compile(r"(?P<keep>\b(?:bearer|basic)\s+)[\w.~+/=-]{8,}", re.IGNORECASE),
    re.compile(r"(?P<keep>://[^/\s:@]*:)[^/\s@]+(?=@)"),
    re.compile(
        r"(?P<keep>[\w.-]*(?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|private[_-]?key|credential)[\w.-]*"
        r"[\"']?\s*[:=]\s*)(?:\"[^\"]*\"?|'[^']*'?|[^\s,;&}\"']+)",
        re.IGNORECASE,
    ),
    re.compile(r"(?P<keep>)\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"),
    re.compile(r"(?P<keep>-----BEGIN [A-Z ]*PRIVATE KEY-----).*"),
    re.compile(r"(?P<keep>)\b(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-|AKIA)[\w-]{10,}"),
)


def redacted(line: str) -> str:
    """The line with everything masked that looks like a password, a token or a key.

    A pattern cannot know every secret: this is a second line of defence behind the rights of the user, who may read
    the same with kubectl.
    """
    for pattern in _PATTERNS:
        line = pattern.sub(rf"\g<keep>{MASK}", line)
    return line
