"""Redaction: what a program wrote into its log or an event may hold what nobody should see."""

from __future__ import annotations

import re
from collections.abc import Iterable

from homeperf_ray.kube.secret import MASK

_PATTERNS = (
    re.compile(r"(?P<keep>\b(?:bearer|basic)\s+)[\w.~+/=-]{8,}", re.IGNORECASE),
    re.compile(r"(?P<keep>://[^/\s:@]*:)[^/\s]+(?=@)"),
    re.compile(
        r"(?P<keep>[\w.-]*(?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|private[_-]?key|credential)[\w.-]*"
        r"\\*[\"']?\s*[:=]\s*)(?:\\+\"(?:(?!\\+\").)*(?:\\+\")?|\"(?:\\.|[^\"\\])*\"?|'[^']*'?|[^\s,;&}\"']+)",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?P<keep>(?<!\S)--?[\w-]*(?:passw(?:or)?d|passphrase|secret|token|api-?key|private-?key)[\w-]*\s+)(?!-)\S+",
        re.IGNORECASE,
    ),
    re.compile(r"(?P<keep>)\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"),
    re.compile(r"(?P<keep>-----BEGIN [A-Z ]*PRIVATE KEY-----).*"),
    re.compile(r"(?P<keep>)\b(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-|AKIA)[\w-]{10,}"),
)


_CREDENTIALS = tuple(pattern for pattern in _PATTERNS if "passphrase" not in pattern.pattern)


def without_credentials(message: str) -> str:
    """A sentence of a controller with everything masked that is a credential by its form: in an URL, tokens, keys.

    Words that only stand beside a password's name stay, since a sentence says ``secret: not found``.
    """
    for pattern in _CREDENTIALS:
        message = pattern.sub(rf"\g<keep>{MASK}", message)
    return message


def redacted(line: str) -> str:
    """The line with everything masked that looks like a password, a token or a key.

    A pattern cannot know every secret: this is a second line of defence behind the rights of the user, who may read
    the same with kubectl.
    """
    for pattern in _PATTERNS:
        line = pattern.sub(rf"\g<keep>{MASK}", line)
    return line


_KEY_BEGINS = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")
_KEY_ENDS = re.compile(r"-----END [A-Z ]*PRIVATE KEY-----")
_KEY_LINE = re.compile(r"[A-Za-z0-9+/]{64}")


def redacted_log(lines: Iterable[str]) -> list[str]:
    """Lines that follow each other, each redacted; those of a private key are masked though most of it is cut off."""
    shown: list[str] = []
    inside = False
    for line in lines:
        if _KEY_ENDS.search(line) and not _KEY_BEGINS.search(line):
            shown = shown if inside else [MASK] * len(shown)
            inside = False
            shown.append(MASK)
            continue
        masked = inside or (_KEY_LINE.fullmatch(line.strip()) and re.search("[g-zG-Z+/]", line))
        shown.append(MASK if masked else redacted(line))
        inside = inside or (bool(_KEY_BEGINS.search(line)) and not _KEY_ENDS.search(line))
    return shown
