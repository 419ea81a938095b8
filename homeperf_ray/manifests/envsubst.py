"""``${...}`` as Flux's postBuild evaluates it.

The forms and their corner cases are those of https://github.com/fluxcd/pkg/tree/main/envsubst: ``${V}``, ``${#V}``,
``${V:=d}``, ``${V=d}``, ``${V:-d}``, ``${V:+d}`` and ``${V:?d}`` (all four give the value or, where it is empty, d),
``${V:1:2}``, ``${V^}``, ``${V^^}``, ``${V,}``, ``${V,,}``, ``${V/a/b}``, ``${V//a/b}``, ``${V/#a/b}``, ``${V/%a/b}``,
``${V#a}``, ``${V##a}``, ``${V%a}``, ``${V%%a}``. ``$$`` stands for one dollar. ``${V-d}``, ``${V+d}`` and ``${V?d}``
of a shell are malformed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fnmatch import translate
from typing import NamedTuple

from homeperf_ray.manifests.values import Unknown

_NAME = re.compile(r"\w+")
_VARIABLE = re.compile(r"[_a-zA-Z][_a-zA-Z0-9]*")
_OPERATORS = re.compile(r":[=?+-]|=|,,?|\^\^?|//|/#|/%|/|##?|%%?|:")
_DEFAULTS = frozenset({"=", ":=", ":-", ":+", ":?"})
MAX_NESTING = 20
MAX_LENGTH = 4 << 20
"""Characters that the substitutions of one text may come to; an object in etcd has at most 1.5 MB."""


class BadSubstitution(ValueError):  # noqa: N818 - what Flux calls it
    """The text cannot be evaluated: Flux would refuse the whole object."""


class Evaluated(NamedTuple):
    """The text with its values; ``missing`` are the variables that have neither a value nor a default."""

    text: str
    missing: tuple[str, ...]


class Variables(dict[str, str]):
    """Values by name. ``open`` is true where others may come from what nobody here can see."""

    open = False


def is_name(text: str) -> bool:
    """Whether Flux takes a text for the name of a variable."""
    return _VARIABLE.fullmatch(text) is not None


class _Scan:
    def __init__(self, text: str, values: Mapping[str, str]) -> None:
        self.text = text
        self.values = values
        self.at = 0
        self.missing: list[str] = []
        self.unknown = False
        self.grown = 0

    def grow(self, length: int) -> None:
        """So many characters more. Raises BadSubstitution beyond ``MAX_LENGTH``."""
        self.grown += length
        if self.grown > MAX_LENGTH:
            raise BadSubstitution(f"becomes longer than {MAX_LENGTH:,} characters")

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]


def evaluate(text: str, values: Mapping[str, str]) -> Evaluated:
    """Evaluate a text. The result is Unknown where a value that is used is. Raises BadSubstitution."""
    scan = _Scan(text, values)
    out: list[str] = []
    while scan.at < len(text):
        dollar = text.find("$", scan.at)
        if dollar < 0:
            out.append(text[scan.at :])
            break
        out.append(text[scan.at : dollar])
        after = text[dollar + 1 : dollar + 2]
        if after == "{":
            scan.at = dollar + 2
            out.append(_expression(scan, 1))
        else:
            out.append("$")
            scan.at = dollar + (2 if after == "$" else 1)
    joined = "".join(out)
    return Evaluated(Unknown(joined) if scan.unknown else joined, tuple(dict.fromkeys(scan.missing)))


def _expression(scan: _Scan, depth: int) -> str:
    if depth > MAX_NESTING:
        raise BadSubstitution("too many nested substitutions")
    length = scan.peek() == "#"
    if length:
        scan.at += 1
    name = _NAME.match(scan.text, scan.at)
    if not name:
        raise BadSubstitution("no name of a variable follows ${")
    scan.at = name.end()
    operator = "" if length else _operator(scan)
    arguments = _arguments(scan, operator, depth)
    if scan.peek() != "}":
        hint = f"; write ${{{name.group()}:-...}}" if scan.peek() in ("-", "?", "+") else ""
        raise BadSubstitution(f"no }} ends ${{{name.group()}{hint}")
    scan.at += 1
    value = scan.values.get(name.group())
    if value is None and operator not in _DEFAULTS:
        if isinstance(scan.values, Variables) and scan.values.open:
            value = Unknown(f"${{{name.group()}}}")
        else:
            scan.missing.append(name.group())
    if isinstance(value, Unknown):
        scan.unknown = True
        return value
    if value is not None and value and any(isinstance(one, Unknown) for one in arguments):
        scan.unknown = True
    if length:
        return str(len((value or "").encode()))
    scan.grow(_growth(operator, value or "", arguments))
    result = _apply(operator, value or "", arguments)
    scan.grow(len(result))
    return result


def _growth(operator: str, value: str, arguments: list[str]) -> int:
    """How many characters a replacement puts in; known before it is done."""
    if operator != "//" or len(arguments) < 2:
        return 0
    old, new = arguments
    return (value.count(old) if old else len(value) + 1) * len(new)


def _operator(scan: _Scan) -> str:
    found = _OPERATORS.match(scan.text, scan.at)
    if not found:
        return ""
    scan.at = found.end()
    return found.group()


def _arguments(scan: _Scan, operator: str, depth: int) -> list[str]:
    if operator in ("", ",", ",,", "^", "^^"):
        return []
    if operator in _DEFAULTS:
        parts = []
        while scan.peek() not in ("}", ""):
            parts.append(_part(scan, "}", depth))
        return ["".join(parts)]
    if operator == ":":
        first = _part(scan, ":}", depth)
        if scan.peek() != ":":
            return [first]
        scan.at += 1
        return [first, _part(scan, "}", depth)]
    if operator.startswith("/"):
        pattern = "" if scan.peek() == "/" else _part(scan, "/", depth, escapes=True)
        if scan.peek() != "/":
            raise BadSubstitution("a replacement is written ${NAME/old/new}")
        scan.at += 1
        return [pattern] if scan.peek() == "}" else [pattern, _part(scan, "}", depth, escapes=True)]
    return [_part(scan, "}", depth)]


def _part(scan: _Scan, end: str, depth: int, *, escapes: bool = False) -> str:
    """One argument: a nested expression, or text up to one of ``end`` or to the next expression."""
    if scan.text.startswith("${", scan.at):
        scan.at += 2
        return _expression(scan, depth + 1)
    out = []
    while scan.at < len(scan.text):
        char = scan.peek()
        following = scan.text[scan.at + 1 : scan.at + 2]
        if escapes and ((char == "\\" and following in ("/", "\\")) or (char == "$" and following == "$")):
            out.append(following)
            scan.at += 2
            continue
        if char in end or (char == "$" and following == "{"):
            break
        out.append(char)
        scan.at += 1
    return "".join(out)


def _apply(operator: str, value: str, arguments: list[str]) -> str:
    if operator in _DEFAULTS:
        return value or arguments[0]
    if operator == ":":
        return _substring(value, arguments)
    old = arguments[0] if arguments else ""
    new = arguments[1] if len(arguments) > 1 else ""
    simple: dict[str, Callable[[], str]] = {
        "": lambda: value,
        ",": lambda: value[:1].lower() + value[1:],
        ",,": value.lower,
        "^": lambda: value[:1].upper() + value[1:],
        "^^": value.upper,
        "/": lambda: value.replace(old, new, 1),
        "//": lambda: value.replace(old, new),
        "/#": lambda: new + value[len(old) :] if len(arguments) == 2 and value.startswith(old) else value,
        "/%": lambda: value[: len(value) - len(old)] + new if len(arguments) == 2 and value.endswith(old) else value,
        "#": lambda: _trim(value, old, longest=False, suffix=False),
        "##": lambda: _trim(value, old, longest=True, suffix=False),
        "%": lambda: _trim(value, old, longest=False, suffix=True),
        "%%": lambda: _trim(value, old, longest=True, suffix=True),
    }
    return simple[operator]()


def _substring(value: str, arguments: list[str]) -> str:
    try:
        start, *rest = (int(one) for one in arguments)
    except ValueError:
        return value
    start = max(len(value) + start, 0) if start < 0 else start
    if not rest:
        return value[start:]
    length = rest[0]
    return value[start : len(value) + length] if length < 0 else value[start : start + length]


def _trim(value: str, glob: str, *, longest: bool, suffix: bool) -> str:
    pattern = re.compile(translate(glob))
    sizes = range(len(value), 0, -1) if longest else range(1, len(value) + 1)
    for size in sizes:
        if pattern.match(value[-size:] if suffix else value[:size]):
            return value[:-size] if suffix else value[size:]
    return value
