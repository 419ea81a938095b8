"""How an answer is written: compact JSON, indented for people with curl or a browser, or YAML."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

import msgspec

from homeperf_ray.sim.answers import JSON, YAML, Answer

LARGE = 128 * 1024
"""Answers of more bytes are not worked on in the event loop's thread."""

_PEOPLE = ("curl", "Wget", "Mozilla/5.0")
"""How the User-Agent of a program begins that shows answers as they come."""


async def written(answer: Answer, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
    """An answer in the form that its request asked for; what is no JSON stays as it is, garbage too."""
    if answer.content_type != JSON:
        return answer
    yaml = wants_yaml(headers.get("Accept", ""))
    if not yaml and not indented(query, headers.get("User-Agent", "")):
        return answer
    write = _yaml if yaml else _indented
    try:
        body = await asyncio.to_thread(write, answer.body) if len(answer.body) > LARGE else write(answer.body)
    except msgspec.DecodeError:
        return answer
    return replace(answer, body=body, content_type="application/yaml" if yaml else JSON)


def indented(query: Mapping[str, str], agent: str) -> bool:
    """Whether an answer is for people: ``?pretty`` says so, else the program that asks."""
    asked = query.get("pretty", "")
    return asked in {"1", "t", "T", "true", "TRUE", "True"} if asked else agent.startswith(_PEOPLE)


@lru_cache(maxsize=256)
def wants_yaml(accept: str) -> bool:
    """Whether YAML is the first of the media types in an Accept header that is served here."""
    medias = (wanted.partition(";")[0].strip() for wanted in accept.split(","))
    return next((media in YAML for media in medias if media in {JSON, "*/*"} or media in YAML), False)


def _indented(body: bytes) -> bytes:
    return msgspec.json.format(body.rstrip(b"\n"), indent=2)


def _yaml(body: bytes) -> bytes:
    import yaml

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return bytes(yaml.dump(msgspec.json.decode(body), Dumper=dumper, encoding="utf-8", allow_unicode=True))
