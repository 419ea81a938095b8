"""One case after another, put to both servers at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from tests.twins.cases import Case
from tests.twins.normal import HEADERS, differences, normal, within, without
from tests.twins.servers import Answer, Twin


@dataclass(frozen=True)
class Outcome:
    """What became of one case: both answers, and where they differ."""

    case: Case
    ours: Answer
    theirs: Answer
    different: tuple[str, ...]

    @property
    def right(self) -> bool:
        """Whether they are alike, or differ where that is on purpose."""
        return bool(self.different) == bool(self.case.differs)


def compare(ours: Twin, theirs: Twin, cases: Iterable[Case]) -> Iterator[Outcome]:
    """Put each case to both and keep what later ones need."""
    with ThreadPoolExecutor(2) as pool:
        for case in cases:
            mine, yours = pool.map(lambda twin, case=case: _ask(twin, case), (ours, theirs))
            yield Outcome(case, mine, yours, tuple(_different(case, mine, yours)))


def _ask(twin: Twin, case: Case) -> Answer:
    path = case.path.format_map(twin.memory)
    body = None
    if case.body is not None:
        text = json.dumps(case.body)
        for name, value in twin.memory.items():
            text = text.replace(f"{{{name}}}", value)
        body = text.encode()
    answer = twin.ask(case.method, path, case.user, case.headers, body)
    for name, place in case.keep.items():
        found: Any = answer.document
        for step in place.split("."):
            found = found[step]
        twin.memory[name] = found
    return answer


def _different(case: Case, ours: Answer, theirs: Answer) -> Iterator[str]:
    if ours.status != theirs.status:
        yield f"status: emulator {ours.status}, genuine {theirs.status}"
    for name in HEADERS:
        mine, yours = ours.headers.get(name), theirs.headers.get(name)
        streams = "watch=" in case.path and "watch=false" not in case.path
        if mine != yours and (name != "transfer-encoding" or (streams and ours.status == 200)):
            yield f"{name}: emulator {mine}, genuine {yours}"
    if case.compare == "status":
        return
    mine, yours = (normal(without(answer.document, case.ignore)) for answer in (ours, theirs))
    if case.unordered:
        mine, yours = ({**document, "items": sorted(document["items"], key=json.dumps)} for document in (mine, yours))
    if case.compare == "all":
        yield from differences(mine, yours)
    elif not within(mine, yours):
        yield "the emulator says what the genuine server does not"


def table(outcomes: Iterable[Outcome]) -> str:
    """A row for each group of cases, in Markdown; then what differs on purpose."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(outcome.case.group, []).append(outcome)
    lines = ["| requests | compared | alike | differ on purpose | differ |", "| --- | --- | --- | --- | --- |"]
    rows = [
        (
            group,
            len(found),
            sum(not one.different for one in found),
            sum(bool(one.different and one.case.differs) for one in found),
            sum(not one.right for one in found),
        )
        for group, found in groups.items()
    ]
    totals = ("all", *(sum(row[at] for row in rows) for at in range(1, 5)))
    lines += [f"| {' | '.join(map(str, row))} |" for row in [*rows, totals]]
    meant = [
        f"- {group}, {one.case.title}: {one.case.differs}."
        for group, found in groups.items()
        for one in found
        if one.case.differs
    ]
    return "\n".join([*lines, "", *meant])
