"""What the outcomes of probes mean. Pure: from targets and outcomes to findings."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from ipaddress import ip_address
from statistics import median
from typing import NamedTuple

from homeperf_ray.checks import probe_codes as codes
from homeperf_ray.checks.expiry import urgency
from homeperf_ray.checks.finding import Code, Judgement
from homeperf_ray.checks.thresholds import Limits, Thresholds
from homeperf_ray.checks.verdict import Verdict
from homeperf_ray.probes.outcome import Certificate, Outcome
from homeperf_ray.probes.probe import INSIDE, DnsProbe, HttpProbe, Probe, Target
from homeperf_ray.probes.targets import CANARY

SEVERAL = 3
"""Names that are told of one by one; of more the DNS server itself is told."""

_DEAD = frozenset({"timeout", "unreachable"})
_UNKNOWN = frozenset({"nxdomain", "no_data"})

_WORDS = {
    "self_signed": "it signed itself",
    "unknown_authority": "its authority is not known here",
    "incomplete": "its authority is not known here, and the server sends no intermediate certificate",
    "expired": "one of its chain is out of date",
    "unfit": "it is not fit for a server",
}


class Probed(NamedTuple):
    """A target and what came of it."""

    target: Target
    outcome: Outcome


def judge_probes(probed: Sequence[Probed], thresholds: Thresholds, now: datetime) -> Judgement:
    """Every outcome by itself, then what several of them say together: of DNS servers, and of split horizons."""
    places = {(one.target.namespace, one.target.object) for one in probed}
    verdict = Verdict("probes", "network", len(places))
    judge = _Judge(verdict, thresholds, now)
    reachable = _inside_reachable(probed, verdict)
    dead = _resolvers(probed, verdict, thresholds)
    strange = any(_is_canary(one) and one.outcome.fault in _UNKNOWN for one in probed)
    for one in probed:
        inside = isinstance(one.target.probe, DnsProbe) and one.target.probe.resolver == INSIDE
        if inside and (not reachable or not one.target.object.startswith("Service/")):
            continue
        if inside and strange and one.outcome.fault in _UNKNOWN and not _is_canary(one):
            continue
        if one.outcome.stage == "dns" and one.outcome.fault in _DEAD and one.outcome.resolver in dead:
            continue
        judge.one(one)
    if reachable:
        _horizons(probed, judge, verdict)
    return verdict.judgement()


class _Judge:
    def __init__(self, verdict: Verdict, thresholds: Thresholds, now: datetime) -> None:
        self._verdict = verdict
        self._thresholds = thresholds
        self._now = now

    def found(self, code: Code, one: Probed, message: str) -> None:
        """A finding about the target; its hint is filled in with what the command needs of the probe."""
        kind, _, name = one.target.object.partition("/")
        row = {"namespace": one.target.namespace, "name": name}
        part = _part(code, one.target.probe)
        self._verdict.found(code, kind, row, f"{one.outcome.target}: {message}", part=part)

    def one(self, one: Probed) -> None:
        outcome, probe = one.outcome, one.target.probe
        if outcome.fault:
            self._fault(one)
        elif outcome.refused:
            self.found(codes.SPECIAL_ADDRESS, one, f"it also leads to {', '.join(outcome.refused)}")
        if isinstance(probe, DnsProbe) and probe.expect and not outcome.fault:
            self._records(one, probe)
        if outcome.certificate:
            self._certificate(one, outcome.certificate)
        if outcome.status and isinstance(probe, HttpProbe):
            self._answer(one, probe)

    def _fault(self, one: Probed) -> None:
        outcome = one.outcome
        if outcome.fault in ("client_certificate", "") or (outcome.fault, outcome.stage) == ("timeout", "transfer"):
            return
        where = f" from {outcome.address}" if outcome.address and outcome.stage != "connect" else ""
        message = f"{outcome.reason or outcome.fault}{where}"
        if outcome.stage == "connect":
            message = f"{outcome.reason} at {', '.join(outcome.addresses)}"
        if outcome.stage == "dns":
            message = f"{outcome.reason} ({outcome.resolver or 'DNS'})"
        if _is_canary(one) and outcome.fault in _UNKNOWN:
            message += "; if the cluster's domain is another, name it as cluster-domain in the section probes"
        self.found(_code_of(outcome), one, message)

    def _records(self, one: Probed, probe: DnsProbe) -> None:
        wanted, there = {_plain(text) for text in probe.expect}, {_plain(text) for text in one.outcome.records}
        if wanted != there:
            self.found(
                codes.OTHER_RECORDS, one, f"it has {', '.join(sorted(there))} and not {', '.join(sorted(wanted))}"
            )

    def _certificate(self, one: Probed, shown: Certificate) -> None:
        limits = self._limits(one)
        ends, begins = (datetime.fromtimestamp(moment, UTC) for moment in (shown.not_after, shown.not_before))
        pressing, words = urgency(self._now, limits, not_before=begins, not_after=ends)
        if pressing:
            code = codes.SHOWN_ENDING if pressing == "now" else codes.SHOWN_ENDING_SOON
            self.found(code, one, f"its certificate {words} (issued by {shown.issuer})")
        if shown.mismatched:
            names = ", ".join(shown.names[:5]) or "no name at all"
            self.found(
                codes.SHOWN_FOR_OTHERS, one, f"its certificate is for {names}, not for {', '.join(shown.mismatched)}"
            )
        valid = shown.not_before <= self._now.timestamp() <= shown.not_after
        if shown.trust == "expired" and valid:
            self.found(codes.SHOWN_ENDING, one, "a certificate of its chain is out of date")
        elif shown.trust and shown.trust not in ("expired", "unverified"):
            self.found(codes.SHOWN_UNTRUSTED, one, f"{_WORDS[shown.trust]} (issued by {shown.issuer}: {shown.reason})")

    def _answer(self, one: Probed, probe: HttpProbe) -> None:
        outcome, status = one.outcome, one.outcome.status
        if probe.status and status not in probe.status:
            self.found(codes.OTHER_STATUS, one, f"answers {status} and not {' or '.join(map(str, probe.status))}")
        elif not probe.status and status >= 500:
            self.found(codes.SERVER_ERROR, one, f"answers {status}")
        phases = outcome.phases
        seconds = phases.dns + phases.connect + phases.tls + phases.first_byte
        limit = self._limits(one).probe_latency
        if outcome.fault == "timeout":
            self.found(codes.SLOW, one, f"its answer did not end within {phases.total:.1f} s")
        elif seconds > limit:
            spent = ", ".join(
                f"{name.replace('_', ' ')} {getattr(phases, name):.2f}"
                for name in ("dns", "connect", "tls", "first_byte")
                if getattr(phases, name) > limit / 20
            )
            self.found(codes.SLOW, one, f"took {seconds:.2f} s to its first byte ({spent})")
        if bad := _bad_redirect(probe, outcome):
            self.found(codes.BAD_REDIRECT, one, bad)

    def _limits(self, one: Probed) -> Limits:
        kind, _, name = one.target.object.partition("/")
        return self._thresholds.at(kind, {"namespace": one.target.namespace, "name": name})


def _is_canary(one: Probed) -> bool:
    """Whether this is the name that every cluster has; where it is not known, no other one need be."""
    probe = one.target.probe
    return isinstance(probe, DnsProbe) and probe.resolver == INSIDE and probe.name.startswith(f"{CANARY}.")


def _code_of(outcome: Outcome) -> Code:
    if outcome.fault == "bad_target":
        return codes.BAD_TARGET
    if outcome.fault in ("not_probed", "failed"):
        return codes.UNPROBED
    if outcome.stage == "dns":
        if outcome.fault in _UNKNOWN:
            return codes.NO_NAME
        return codes.RESOLVER_DEAD if outcome.fault in _DEAD else codes.RESOLVER_FAILS
    stages = {"address": codes.SPECIAL_ADDRESS, "connect": codes.UNREACHABLE, "tls": codes.NO_HANDSHAKE}
    return stages.get(outcome.stage, codes.NO_ANSWER)


def _bad_redirect(probe: HttpProbe, outcome: Outcome) -> str:
    """What is wrong with where a redirect leads; empty where nothing is."""
    location = outcome.location
    if not 300 <= outcome.status < 400 or not location:
        return ""
    if not probe.query and location in (str(probe), probe.path):
        return f"redirects ({outcome.status}) to itself"
    host = probe.origin.partition("://")[2].rpartition(":")[0] or probe.host
    if probe.tls and location.startswith((f"http://{host}/", f"http://{host}:", f"http://{probe.host}/")):
        return f"redirects ({outcome.status}) out of TLS, to {location}"
    return ""


def _inside_reachable(probed: Sequence[Probed], verdict: Verdict) -> bool:
    """Whether the cluster's own resolver answers here; a note says so where it does not."""
    inside = [one for one in probed if isinstance(one.target.probe, DnsProbe) and one.target.probe.resolver == INSIDE]
    if not inside:
        return False
    if all(one.outcome.stage != "dns" or one.outcome.fault in _DEAD for one in inside if one.outcome.fault) and all(
        one.outcome.fault for one in inside
    ):
        reason = next((one.outcome.reason for one in inside if one.outcome.fault != "not_probed"), "it is not known")
        verdict.note(
            f"the cluster's resolver cannot be asked from {inside[0].outcome.vantage} ({reason}): "
            "names were not looked up inside"
        )
        return False
    return True


def _resolvers(probed: Sequence[Probed], verdict: Verdict, thresholds: Thresholds) -> set[str]:
    """DNS servers that answer nobody, each told once, and those that are slow."""
    silent: Counter[str] = Counter()
    seconds: defaultdict[str, list[float]] = defaultdict(list)
    for one in probed:
        outcome, probe = one.outcome, one.target.probe
        inside = isinstance(probe, DnsProbe) and probe.resolver == INSIDE
        if outcome.resolver and not inside:
            if outcome.stage == "dns" and outcome.fault in _DEAD:
                silent[outcome.resolver] += 1
            elif outcome.phases.dns:
                seconds[outcome.resolver].append(outcome.phases.dns)
    dead = {server for server, count in silent.items() if count >= SEVERAL or server not in seconds}
    for server in sorted(dead):
        row = {"name": server}
        message = f"does not answer: {silent[server]} name{'s' * (silent[server] != 1)} could not be looked up"
        verdict.found(codes.RESOLVER_DEAD, "Resolver", row, message, part=f"@{server}")
    for server, spent in sorted(seconds.items()):
        limit = thresholds.at("Resolver", {"name": server}).dns_latency
        if server not in dead and len(spent) >= SEVERAL and (middle := median(spent)) > limit:
            message = f"takes {middle:.2f} s for a name (median of {len(spent)})"
            verdict.found(codes.DNS_SLOW, "Resolver", {"name": server}, message, part=f"@{server}")
    return dead


def _horizons(probed: Sequence[Probed], judge: _Judge, verdict: Verdict) -> None:
    """Compare what names lead to inside and outside. Private inside and public outside is how it is meant to be."""
    outside = {
        one.target.probe.host: one.outcome
        for one in probed
        if isinstance(one.target.probe, HttpProbe) and one.outcome.fault != "address_refused"
    }
    meant: list[str] = []
    for one in probed:
        probe = one.target.probe
        if not isinstance(probe, DnsProbe) or probe.resolver != INSIDE or probe.name not in outside:
            continue
        there = {text for text in outside[probe.name].addresses if ":" not in text}
        here = set(one.outcome.records)
        if one.outcome.fault in _UNKNOWN and there:
            judge.found(codes.SPLIT, one, f"is not known inside; outside it leads to {', '.join(sorted(there))}")
        elif here and there and not here & there:
            if _private(here) != _private(there):
                meant.append(probe.name)
            else:
                message = f"leads to {', '.join(sorted(here))} inside and to {', '.join(sorted(there))} outside"
                judge.found(codes.SPLIT, one, message)
    if meant:
        more = f" and {len(meant) - SEVERAL} more" if len(meant) > SEVERAL else ""
        verdict.note(f"a split horizon: {', '.join(meant[:SEVERAL])}{more} lead elsewhere inside than outside")


def _private(addresses: set[str]) -> bool:
    return all(ip_address(text).is_private for text in addresses)


def _plain(text: str) -> str:
    """A record as it is compared: without the last dot, and case."""
    return text.strip().rstrip(".").lower()


def _part(code: Code, probe: Probe) -> str:
    """What the hint's command is given: a URL for curl, ``HOST:PORT`` for openssl, words for dig and nc."""
    if isinstance(probe, DnsProbe):
        return f"{probe.name}"
    if code in (codes.NO_NAME, codes.RESOLVER_DEAD, codes.RESOLVER_FAILS, codes.SPLIT, codes.SPECIAL_ADDRESS):
        return probe.host
    if isinstance(probe, HttpProbe) and code.hint.startswith("curl -sv"):
        return f"{probe.origin}{probe.path}"
    return f"{probe.host}:{probe.port}"
