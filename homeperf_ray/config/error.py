"""A configuration that cannot be used."""

from __future__ import annotations


class ConfigurationError(Exception):
    """``message`` says what is wrong and where, as ``FILE:LINE: ...``; ``hint`` says what to do next."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message
