"""Codes explained: for a terminal, as Markdown and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

import click
import msgspec

from homeperf_ray.checks.finding import Code, Scope
from homeperf_ray.cli.explained import Explained, Held
from homeperf_ray.render.escape import safe
from homeperf_ray.render.headline import COLOURS
from homeperf_ray.render.markdown import terminal
from homeperf_ray.render.width import cut

Catalogue = Mapping[Scope, Sequence[Code]]


def text(codes: Sequence[Explained], width: int, *, coloured: bool) -> Iterator[str]:
    """Codes for a person, with two empty lines between them."""
    for number, one in enumerate(codes):
        if number:
            yield from ("", "")
        heading = f"{one.code}  {one.title}"
        yield click.style(heading, fg=COLOURS[one.severity], bold=True) if coloured else heading
        yield from terminal(_where(one), width, coloured=coloured)
        for part in _parts(one):
            yield ""
            yield from terminal(part, width, coloured=coloured)


def markdown(codes: Sequence[Explained]) -> Iterator[str]:
    """Codes as a page of Markdown."""
    for number, one in enumerate(codes):
        if number:
            yield ""
        yield f"## {one.code}: {one.title}"
        for part in (_where(one), *_parts(one)):
            yield ""
            yield part


def as_json(codes: Sequence[Explained]) -> str:
    """One object: ``codes``, each with its thresholds, its explanation in Markdown, and popeye's."""
    return json.dumps({"codes": msgspec.to_builtins(codes)}, indent=2)


def list_text(catalogue: Catalogue, width: int, *, coloured: bool) -> Iterator[str]:
    """Every code with its title, by domain."""
    for number, (domain, codes) in enumerate(catalogue.items()):
        if number:
            yield ""
        yield click.style(domain.title(), bold=True) if coloured else domain.title()
        for code in codes:
            mark = click.style(code.id, fg=COLOURS[code.severity]) if coloured else code.id
            yield f"  {mark}  {cut(code.title, max(width - 9, 20))}"


def list_markdown(catalogue: Catalogue) -> Iterator[str]:
    """The same as a page of Markdown."""
    for number, (domain, codes) in enumerate(catalogue.items()):
        if number:
            yield ""
        yield f"## {domain.title()}"
        yield ""
        yield from (f"- `{code.id}` ({code.severity}): {code.title}" for code in codes)


def list_json(catalogue: Catalogue) -> str:
    """One object: ``codes``, each with its domain, severity and title."""
    listed = [
        {"code": code.id, "title": code.title, "severity": code.severity, "domain": domain}
        for domain, codes in catalogue.items()
        for code in codes
    ]
    return json.dumps({"codes": listed}, indent=2)


def _where(one: Explained) -> str:
    given = f", from the check{'s' * (len(one.checks) != 1)} {_listed(one.checks)}" if one.checks else ""
    return f"{one.severity}, {one.domain}{given}"


def _parts(one: Explained) -> Iterator[str]:
    yield one.text or "Nobody has explained this at length yet."
    if one.thresholds:
        yield "Thresholds:"
        yield "\n".join(line for held in one.thresholds for line in _threshold(held))
    yield "Next:" if one.text else "To do:"
    yield f"- `{one.hint}`"
    if one.popeye:
        yield f"popeye: {one.popeye}"


def _threshold(held: Held) -> Iterator[str]:
    said = "the default" if held.origin == "default" else f"{safe(held.origin)}; the default is {held.default}"
    yield f"- `{held.name}` is {held.value} ({said}): {held.description}"
    for other in held.overrides:
        of = ", ".join(f"{word} `{safe(glob).replace('`', '')}`" for word, glob in other.of.items())
        yield f"- `{held.name}` is {other.value} for {of} ({safe(other.origin)})"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
