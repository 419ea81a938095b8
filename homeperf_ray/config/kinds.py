"""What a key may hold. A kind reads what somebody wrote, and says what is wrong with it."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Protocol

import msgspec

from homeperf_ray.config.duration import seconds, written
from homeperf_ray.config.nearest import did_you_mean

NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,9})?")
"""What a number looks like in a configuration: no sign, no exponent."""

_WHOLE = re.compile(r"0|[1-9][0-9]{0,11}")
_NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_ADDRESS = re.compile(r"([A-Za-z0-9._-]{1,253}|\[[0-9a-fA-F:.]{2,45}\]):(?P<port>[0-9]{1,5})")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MINOR = re.compile(r"v?(1\.[0-9]{1,3})(\.[0-9]+)?([-+].*)?")
_TRUE = ("true", "yes", "on", "1", "t", "y")
_FALSE = ("false", "no", "off", "0", "f", "n")


class Kind(Protocol):
    """``empty`` is the value where there is none; ``many`` is true where the value is a tuple of several."""

    @property
    def empty(self) -> Any: ...

    @property
    def many(self) -> bool: ...

    def read(self, text: str) -> Any:
        """The value of a text. Raises ValueError with a sentence that shows the text."""

    def written(self, value: Any) -> Any:
        """The value as JSON and YAML know it, such that ``read`` would read it again."""


class _Plain(msgspec.Struct, frozen=True):
    empty: ClassVar[Any] = None
    many: ClassVar[bool] = False

    def written(self, value: Any) -> Any:
        return value


class Flag(_Plain, frozen=True):
    """True or false."""

    empty: ClassVar[bool] = False

    def read(self, text: str) -> bool:
        if text.lower() not in _TRUE + _FALSE:
            raise ValueError(f"{text!r} is neither true nor false")
        return text.lower() in _TRUE


class Whole(_Plain, frozen=True):
    """A whole number, from ``low`` to ``high``."""

    low: int
    high: int | None = None

    def read(self, text: str) -> int:
        if not _WHOLE.fullmatch(text):
            raise ValueError(f"{text!r} is not a whole number")
        value = int(text)
        if value < self.low or (self.high is not None and value > self.high):
            reach = f"at least {self.low}" if self.high is None else f"between {self.low} and {self.high}"
            raise ValueError(f"{text} is not {reach}")
        return value


class Positive(_Plain, frozen=True):
    """A number above zero."""

    def read(self, text: str) -> float:
        if not NUMBER.fullmatch(text) or not float(text):
            raise ValueError(f"{text!r} is not a number above 0")
        return float(text)


class Span(_Plain, frozen=True):
    """Seconds, written as a duration."""

    positive: bool = False

    def read(self, text: str) -> float:
        value = seconds(text)
        if self.positive and not value:
            raise ValueError(f"{text} is no time at all; write 30s, 5m or 500ms")
        return value

    def written(self, value: float) -> str:
        return written(value)


class Choice(_Plain, frozen=True):
    """One of several words."""

    words: tuple[str, ...]

    def read(self, text: str) -> str:
        if text not in self.words:
            raise ValueError(f"{text!r} is not one of {', '.join(self.words)}.{did_you_mean(text, self.words)}")
        return text


class Place(_Plain, frozen=True):
    """The path of a file, or of a folder."""

    folder: bool = False

    def read(self, text: str) -> str:
        if not text or "\0" in text:
            raise ValueError(f"{text!r} is not a path")
        return text


class Minor(_Plain, frozen=True):
    """A version of Kubernetes; what stands behind its minor version is left out."""

    def read(self, text: str) -> str:
        found = _MINOR.fullmatch(text)
        if not found:
            raise ValueError(f"{text!r} is not a version of Kubernetes; write 1.33")
        return found[1]


class Address(_Plain, frozen=True):
    """Where a runtime listens: ``HOST:PORT``, or ``[HOST]:PORT`` for an IPv6 address."""

    def read(self, text: str) -> str:
        found = _ADDRESS.fullmatch(text)
        if not found or not 0 < int(found["port"]) <= 65_535:
            raise ValueError(f"{text!r} is not an address; write HOST:PORT, as homelab.example:7443")
        return text


class Fingerprint(_Plain, frozen=True):
    """The SHA-256 of a certificate, as openssl and homeperf print it; kept as lower case hex."""

    def read(self, text: str) -> str:
        plain = text.lower().removeprefix("sha256:").replace(":", "")
        if not _SHA256.fullmatch(plain):
            raise ValueError(f"{text!r} is not the SHA-256 of a certificate: 64 hex digits")
        return plain


class _Several(msgspec.Struct, frozen=True):
    """A comma list of names."""

    empty: ClassVar[tuple[str, ...]] = ()
    many: ClassVar[bool] = True

    def read(self, text: str) -> tuple[str, ...]:
        return tuple(self.name(part.strip()) for part in text.split(","))

    def name(self, text: str) -> str:
        raise NotImplementedError

    def written(self, value: tuple[str, ...]) -> list[str]:
        return list(value)


class Namespaces(_Several, frozen=True):
    """Names of namespaces."""

    def name(self, text: str) -> str:
        if not _NAMESPACE.fullmatch(text):
            raise ValueError(f"{text!r} cannot be the name of a namespace: lower case letters, digits and -")
        return text


class Contexts(_Several, frozen=True):
    """Names of contexts, which may hold anything that can be seen: ``admin@home``, ``arn:aws:eks:...:cluster/x``."""

    def name(self, text: str) -> str:
        if not text or not text.isprintable():
            raise ValueError(f"{text!r} cannot be the name of a context")
        return text


class Globs(_Several, frozen=True):
    """Globs of paths."""

    def name(self, text: str) -> str:
        if not text.strip("*/"):
            raise ValueError(f"{text!r} would fit every path")
        return text


class Places(_Several, frozen=True):
    """Paths of folders."""

    def name(self, text: str) -> str:
        return Place().read(text)


class Words(_Several, frozen=True):
    """Some of several words."""

    what: str
    words: tuple[str, ...]

    def name(self, text: str) -> str:
        if text not in self.words:
            raise ValueError(f"{text!r} is not a {self.what}: {', '.join(self.words)}.{did_you_mean(text, self.words)}")
        return text
