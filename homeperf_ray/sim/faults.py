"""Faults on purpose: rules that are matched against each request as it arrives, and trouble of the world itself."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from random import Random
from typing import Literal, Protocol, get_args

import msgspec

from homeperf_ray.sim.answering.wrongs import WRONGS

Kind = Literal[
    "status",
    "latency",
    "hang",
    "garbage",
    "truncated",
    "reset",
    "redirect",
    "expired",
    "stall",
    "drip",
    "closed",
    "compacted",
    "certificate",
    "node",
    "kubelet",
    "dns",
    "tls",
    "http",
    "tcp",
]
KINDS: tuple[Kind, ...] = get_args(Kind)

WORLDLY = frozenset({"compacted", "certificate", "node", "kubelet", "tcp"})
"""Faults that meet no request, but change the homelab as long as they are in force."""


ANSWERING = frozenset({"dns", "tls", "http", "tcp"})
"""Faults of what answers beside the API server, where the homelab has ``endpoints``."""


class RuleError(ValueError):
    """A rule that says nothing sensible; the message says what would do."""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule is matched against: one request, as the API server understands it.

    ``resource`` is ``pods`` or ``deployments.apps``, empty for paths such as ``/version``. ``continued`` says whether
    the request carries a continue token.
    """

    user: str
    verb: str
    resource: str
    namespace: str
    path: str
    continued: bool = False


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One fault, and which requests it meets. An empty field matches everything; ``resource`` ``*`` any resource.

    - ``status``: answers with ``status`` (403, 429, 500, 503 ...), with a Retry-After of ``retry_after`` seconds
      where that is set.
    - ``latency``: answers correctly, ``seconds`` later.
    - ``hang``: never answers.
    - ``garbage``: answers 200 with a body that is not JSON.
    - ``truncated``: announces the whole body, sends half of it and closes the connection; a watch ends in the middle
      of its next event.
    - ``stall``: sends half of the body, then nothing for ``seconds`` (0: until the client gives up); a watch falls
      silent.
    - ``drip``: sends the body at ``rate`` bytes a second.
    - ``closed``: ends a watch cleanly after ``seconds``.
    - ``reset``: resets the connection instead of answering.
    - ``redirect``: answers 302 to ``location``.
    - ``expired``: answers 410 to requests that carry a continue token, as if everything had been compacted.

    The rule is passed over ``after`` times, then applied ``times`` times; 0 is for ever. ``path`` is a prefix. It
    meets ``share`` of the requests that it matches, which the seed chooses.

    Four are about no request to the API server:

    - ``compacted``: every resourceVersion and continue token is compacted away, at once and then every ``seconds``
      (0: once).
    - ``certificate``: new connections see a certificate that has expired.
    - ``node``: the node ``node`` is silent; it is Unknown after ``seconds``, and after ``evict`` more its pods are
      evicted (0: never). It is back when the fault ends.
    - ``kubelet``: the kubelet of ``node`` answers after ``seconds`` (0: never), directly and through the API server.

    Four are about what answers beside the API server: ``dns``, ``tls``, ``http`` and ``tcp`` give the wrong ``answer``
    (see ``sim.answering.wrongs``) for every ``host`` that matches the glob: the name that is asked for, of ``tcp`` the
    Service as ``namespace/name``. ``server`` is the DNS server that is meant, ``inside`` or ``outside``; empty: both.
    """

    kind: Kind
    resource: str = ""
    namespace: str = ""
    verb: str = ""
    user: str = ""
    path: str = ""
    after: int = 0
    times: int = 0
    status: int = 500
    retry_after: int | None = None
    seconds: float = 0.0
    location: str = ""
    share: float = 1.0
    rate: float = 0.0
    node: str = ""
    evict: float = 0.0
    host: str = ""
    answer: str = ""
    server: str = ""

    def validate(self) -> None:
        """Raise RuleError where the rule says nothing sensible."""
        if self.kind not in KINDS:
            raise RuleError(f"A fault is one of {', '.join(KINDS)}, not {self.kind!r}.")
        if self.kind == "status" and not 400 <= self.status <= 599:
            raise RuleError(f"A status fault answers 400 to 599, not {self.status}.")
        if self.kind == "latency" and not 0 < self.seconds <= 3_600:
            raise RuleError("A latency fault needs a time of more than 0 and at most 3600 seconds.")
        if self.kind == "redirect" and not self.location:
            raise RuleError("A redirect fault needs the location that it points to.")
        if self.kind == "drip" and self.rate <= 0:
            raise RuleError("A drip fault needs the bytes a second at which it drips.")
        if self.kind in {"node", "kubelet"} and not self.node:
            raise RuleError(f"A {self.kind} fault needs the name of the node that it is about.")
        if not 0 < self.share <= 1:
            raise RuleError("The share of requests that a fault meets is more than 0 and at most 1.")
        if self.seconds < 0 or self.evict < 0:
            raise RuleError("A fault's times are not negative.")
        if self.after < 0 or self.times < 0:
            raise RuleError("A fault's 'after' and 'times' are not negative.")
        self._validate_answer()

    def _validate_answer(self) -> None:
        if self.kind in ANSWERING and self.answer not in WRONGS[self.kind]:
            raise RuleError(f"A {self.kind} fault answers {', '.join(WRONGS[self.kind])}, not {self.answer!r}.")
        if self.answer in ("redirect", "elsewhere") and not self.location:
            raise RuleError(f"The answer {self.answer} needs the location that it names.")
        if self.server not in ("", "inside", "outside"):
            raise RuleError(f"A DNS server is inside or outside, not {self.server!r}.")

    def matches(self, target: Target) -> bool:
        """Whether the request is one that this rule is about."""
        return (
            self.kind not in WORLDLY | ANSWERING
            and (
                not self.resource
                or self.resource == target.resource
                or (self.resource == "*" and bool(target.resource))
            )
            and (not self.namespace or self.namespace == target.namespace)
            and (not self.verb or self.verb == target.verb)
            and (not self.user or self.user == target.user)
            and target.path.startswith(self.path)
            and (self.kind != "expired" or target.continued)
            and (self.kind != "closed" or target.verb == "watch")
        )

    def meets(self, kind: str, host: str, server: str) -> bool:
        """Whether this rule is about who asks beside the API server for ``host``."""
        return (
            self.kind == kind
            and (not self.host or fnmatchcase(host, self.host))
            and (not self.server or not server or self.server == server)
        )


class Standing(msgspec.Struct):
    """A rule in force: its number, and how many requests it has let pass and met."""

    id: int
    rule: Rule
    passed: int = 0
    met: int = 0


class World(Protocol):
    """What carries out the faults that meet no request."""

    def begin(self, number: int, rule: Rule) -> None:
        """Put one in force. Raises RuleError where it cannot be."""

    def end(self, number: int) -> None:
        """End it."""


class Faults:
    """The rules in force, oldest first."""

    def __init__(self, rules: Iterable[Rule] = (), *, world: World | None = None, seed: int = 0) -> None:
        self._world = world
        self._rng = Random(seed)  # noqa: S311  repeatable is the point
        self._next = 1
        self._standing: dict[int, Standing] = {}
        for rule in rules:
            self.add(rule)

    def add(self, rule: Rule) -> Standing:
        """Put a rule in force. Raises RuleError."""
        rule.validate()
        if rule.kind in WORLDLY and self._world is not None:
            self._world.begin(self._next, rule)
        standing = Standing(id=self._next, rule=rule)
        self._standing[standing.id] = standing
        self._next += 1
        return standing

    def remove(self, number: int) -> bool:
        """End one rule; whether there was one."""
        standing = self._standing.pop(number, None)
        if standing is not None and standing.rule.kind in WORLDLY and self._world is not None:
            self._world.end(number)
        return standing is not None

    def clear(self) -> None:
        """End all of them."""
        for number in list(self._standing):
            self.remove(number)

    def listed(self) -> list[Standing]:
        """Every rule in force, the used-up ones included."""
        return list(self._standing.values())

    def met_by(self, kind: str, host: str, server: str = "") -> Rule | None:
        """The first rule that somebody meets who asks beside the API server."""
        for standing in self._standing.values():
            rule = standing.rule
            if not rule.meets(kind, host, server) or (rule.times and standing.met >= rule.times):
                continue
            if rule.share < 1 and self._rng.random() >= rule.share:
                continue
            if standing.passed < rule.after:
                standing.passed += 1
                continue
            standing.met += 1
            return rule
        return None

    def meet(self, target: Target) -> list[Rule]:
        """The rules that this request meets: any number of latencies, and at most one fault of another kind."""
        met: list[Rule] = []
        for standing in self._standing.values():
            rule = standing.rule
            if not rule.matches(target) or (rule.times and standing.met >= rule.times):
                continue
            if rule.kind != "latency" and any(other.kind != "latency" for other in met):
                continue
            if rule.share < 1 and self._rng.random() >= rule.share:
                continue
            if standing.passed < rule.after:
                standing.passed += 1
                continue
            standing.met += 1
            met.append(rule)
        return met
