"""Every option that the configuration may set, under its long name, with its default."""

from __future__ import annotations

from typing import Any

import msgspec

from homeperf_ray.checks.finding import DOMAINS
from homeperf_ray.config.kinds import (
    Address,
    Choice,
    Contexts,
    Fingerprint,
    Flag,
    Globs,
    Kind,
    Minor,
    Namespaces,
    Place,
    Places,
    Positive,
    Span,
    Whole,
    Words,
)


class Key(msgspec.Struct, frozen=True):
    """One option. ``default`` is written as a user would write it; None where there is none."""

    name: str
    kind: Kind
    default: str | None = None

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return "HOMEPERF_" + self.name.upper().replace("-", "_")

    @property
    def parameter(self) -> str:
        """Its name in Python: a plural where it holds several values."""
        name = self.name.replace("-", "_")
        return name if not self.kind.many or name.endswith("s") else f"{name}s"

    @property
    def initial(self) -> Any:
        """The default as a value."""
        return self.kind.empty if self.default is None else self.kind.read(self.default)


KEYS: dict[str, Key] = {
    key.name: key
    for key in (
        Key("kubeconfig", Place()),
        Key("context", Contexts()),
        Key("all-contexts", Flag()),
        Key("namespace", Namespaces()),
        Key("all-namespaces", Flag()),
        Key("domains", Words("domain", DOMAINS)),
        Key("runner", Choice(("auto", "serial", "local", "ray")), "auto"),
        Key("address", Address()),
        Key("gateway-token-file", Place()),
        Key("gateway-ca", Place()),
        Key("gateway-fingerprint", Fingerprint()),
        Key("concurrency", Whole(1, 64), "10"),
        Key("qps", Positive(), "50"),
        Key("burst", Whole(1), "100"),
        Key("timeout", Span(positive=True), "30s"),
        Key("request-timeout", Span(positive=True), "10s"),
        Key("max-age", Span(), "30s"),
        Key("fresh", Flag()),
        Key("no-secrets", Flag()),
        Key("kubelet", Flag()),
        Key("kubelet-access", Choice(("auto", "direct", "proxy")), "auto"),
        Key("kubelet-insecure-tls", Flag()),
        Key("probe", Flag()),
        Key("exec", Flag()),
        Key("details", Whole(0, 50), "5"),
        Key("output", Choice(("table", "wide", "json", "yaml", "jsonl", "junit", "prometheus", "name")), "table"),
        Key("color", Choice(("auto", "always", "never")), "auto"),
        Key("fail-on", Choice(("critical", "warning", "never")), "warning"),
        Key("timings", Place(folder=True)),
        Key("no-timings", Flag()),
        Key("idle-stop", Span(), "8h"),
        Key("timings-keep", Whole(1, 36_500), "90"),
        Key("kubernetes-version", Minor()),
        Key("cluster", Flag()),
        Key("schemas", Places()),
        Key("strict", Flag()),
        Key("ignore-missing-schemas", Flag()),
        Key("exclude", Globs()),
        Key("env-file", Place()),
        Key("render", Flag()),
    )
}
"""By name, in the order in which they are shown."""

EITHER: tuple[tuple[str, str], ...] = (("context", "all-contexts"), ("namespace", "all-namespaces"))
"""A value and a flag that exclude each other."""

INSTEAD: tuple[tuple[str, str], ...] = (*EITHER, ("max-age", "fresh"), ("timings", "no-timings"))
"""A value and a flag of which the nearer one holds: ``--max-age`` against ``fresh: true`` in the file."""
