"""Redaction: what a program wrote into its log or an event may hold what nobody should see."""

from __future__ import annotations

import re

from homeperf_ray.kube.secret import MASK

_PATTERNS = (
    re.compile(r"(?P<keep>\b(?:bearer|basic)\s+)[\w.~+/=-]{8,}", re.IGNORECASE),
    re.compile(r"(?P<keep>://[^/\s:@]*:)[^/\s]+(?=@)"),
    re.compile(
        r"(?P<keep>--?[\w-]*(?:passw(?:or)?d|passphrase|secret|token|api-?key|private-?key|credential)\s+)[^\s-]\S*",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?P<keep>[\w.-]*(?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|private[_-]?key|credential)"
        r"(?![\w.-]*(?:name|ref)[\"']?\s*[:=])[\w.-]*"
        r"[\"']?\s*[:=]\s*)(?:\"[^\"]*\"?|'[^']*'?|[^\s,;&}\"']+)",
        re.IGNORECASE,
    ),
    re.compile(r"(?P<keep>)\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"),
    re.compile(r"(?P<keep>-----BEGIN [A-Z ]*PRIVATE KEY-----).*"),
    re.compile(r"(?P<keep>)^\s*[A-Za-z0-9+/]{60,}={0,2}\s*$"),
    re.compile(r"(?P<keep>)\b(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-|AKIA)[\w-]{10,}"),
)


_SUSPICIOUS = re.compile(
    r"://|eyJ|-----|bearer|basic|passw|passphrase|secret|token|key|credential|gh[pousr]_|github_pat|glpat|xox|akia"
    r"|[a-z0-9+/]{60}",
    re.IGNORECASE,
)
"""What any of the patterns needs; most lines have nothing of it."""


def redacted(line: str) -> str:
    """The line with everything masked that looks like a password, a token or a key.

    A pattern cannot know every secret: this is a second line of defence behind the rights of the user, who may read
    the same with kubectl.
    """
    if not _SUSPICIOUS.search(line):
        return line
    for pattern in _PATTERNS:
        line = pattern.sub(rf"\g<keep>{MASK}", line)
    return line
