"""TLS Secrets with real certificates, and those who use them."""

import base64
from datetime import timedelta
from random import Random

import pytest

from homeperf_ray.checks.tls_uses import covers
from homeperf_ray.kube.columns.chain import Chain, chain_of
from homeperf_ray.kube.resources import CERTIFICATES, GATEWAYS, INGRESSES, SECRETS
from homeperf_ray.sim.certificates import Authority
from tests.checks.judging import HOUR, MINUTE, NOW, found, judge, meta
from tests.checks.test_certificates import certificate
from tests.checks.test_gateways import gateway, terminating
from tests.checks.tls import PRIVATE, authority, issued, public_leaf, secret


def ingress(named="web-tls", hosts=("web.home.arpa",), *, name="web", age=HOUR, rules=()):
    tls = [{"hosts": list(hosts), **({"secretName": named} if named else {})}]
    spec = {"tls": tls, "rules": [{"host": host} for host in rules]}
    return {"metadata": meta(name, age=age), "spec": spec, "status": {}}


def chain(*parts: bytes) -> Chain:
    return chain_of(base64.b64encode(b"".join(parts)).decode())


LEAF, CA, OTHER = issued("web.home.arpa"), authority().pem, authority("other").pem


def test_a_good_chain_tells_its_public_facts():
    told = chain(issued("web.home.arpa", "*.lan", addresses=("10.0.0.7", "fd00::1")), CA)
    assert told.names == ("web.home.arpa", "*.lan", "10.0.0.7", "fd00::1")
    assert (told.subject, told.issuer, told.certificates) == ("web.home.arpa", "ca", 2)
    assert (told.unreadable, told.broken, told.self_signed, told.alone) == ("", "", False, False)
    assert len(told.fingerprint) == 64
    assert told.not_after == "2026-05-13T12:00:00Z"


@pytest.mark.parametrize(
    ("parts", "broken"),
    [
        ((LEAF,), ""),
        ((LEAF, CA, OTHER), ""),
        ((LEAF, OTHER, CA), ""),
        ((LEAF, LEAF, CA), ""),
        ((CA, LEAF), "the server's own certificate is not the first one of its chain"),
        ((OTHER, CA, LEAF), ""),
        ((LEAF, OTHER), "no certificate of its chain has signed the first one"),
    ],
)
def test_a_chain_leads_from_the_first_certificate_to_its_issuer(parts, broken):
    assert chain(*parts).broken == broken


@pytest.mark.parametrize(
    ("encoded", "said"),
    [
        (None, "it has no tls.crt"),
        ("", "it has no tls.crt"),
        ("hunter2!", "its tls.crt is not base64"),
        (base64.b64encode(b"hunter2").decode(), "its tls.crt is no certificate"),
        (base64.b64encode(PRIVATE.encode()).decode(), "its tls.crt is no certificate"),
        (base64.b64encode(LEAF[:200]).decode(), "its tls.crt is no certificate"),
        (base64.b64encode(LEAF.replace(b"A", b"B")).decode(), "its tls.crt is no certificate"),
        (
            base64.b64encode(b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n").decode(),
            "its tls.crt is no certificate",
        ),
    ],
)
def test_garbage_is_said_to_be_garbage_and_never_quoted(encoded, said):
    assert chain_of(encoded) == Chain(unreadable=said)


def test_a_bundle_of_many_is_cut_short():
    assert chain(LEAF, *[CA] * 50).certificates == 51


@pytest.mark.parametrize(
    ("name", "host", "good"),
    [
        ("web.home.arpa", "WEB.home.arpa.", True),
        ("*.home.arpa", "web.home.arpa", True),
        ("*.home.arpa", "a.web.home.arpa", False),
        ("*.home.arpa", "home.arpa", False),
        ("*.home.arpa", "*.home.arpa", True),
        ("*.web.home.arpa", "*.home.arpa", False),
        ("web.home.arpa", "*.home.arpa", False),
        ("*.home.arpa", ".home.arpa", False),
        ("*", "home", False),
        ("w*.home.arpa", "web.home.arpa", False),
        ("10.0.0.7", "10.0.0.7", True),
        ("fd00::1", "FD00:0:0::1", True),
        ("*.0.0.7", "10.0.0.7", False),
        ("", "", True),
    ],
)
def test_names_cover_hosts(name, host, good):
    assert covers(name, host) is good


def secrets(*items, ingresses=(), gateways=(), certificates=()):
    objects = {SECRETS: items, INGRESSES: ingresses, GATEWAYS: gateways, CERTIFICATES: certificates}
    judgement = judge("tls-secrets", objects)
    assert judgement.examined == len(items)
    return judgement


def used(*parts: bytes, **more):
    return secrets(secret("web-tls", *parts, **more), ingresses=[ingress()])


def test_a_certificate_that_is_well():
    assert used().findings == ()
    assert used(left=20.0, life=47.0).findings == ()


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ((issued("web.home.arpa", left=-1.0), CA), "HP452"),
        ((issued("web.home.arpa", left=6.0), CA), "HP452"),
        ((issued("web.home.arpa", left=400.0), CA), "HP452"),
        ((issued("web.home.arpa", left=29.0), CA), "HP453"),
        ((b"nonsense",), "HP455"),
        ((LEAF, OTHER), "HP455"),
        ((CA, LEAF), "HP455"),
        ((issued("web.home.arpa", self_signed=True),), "HP456"),
    ],
)
def test_one_fault_a_secret_and_who_suffers(parts, code):
    judgement = used(*parts)
    assert found(judgement) == {"Secret/web-tls": [code]}
    assert judgement.findings[0].message.endswith("; used by Ingress media/web")


def test_an_expired_issuer_takes_its_certificates_with_it():
    old = Authority("old", Random("old"), NOW - timedelta(days=4_000))
    leaf, _ = old.issue("web", names=["web.home.arpa"], addresses=[], days=4_060, age=-3_900)
    judgement = used(leaf, old.pem)
    assert found(judgement) == {"Secret/web-tls": ["HP455"]}
    assert "the certificate of its issuer old has expired" in judgement.findings[0].message
    assert used(leaf).findings == (), "who has the issuer's certificate otherwise may have a newer one"


def test_a_public_certificate_without_its_intermediate_is_a_warning():
    lone = public_leaf("web.home.arpa")
    assert found(used(lone)) == {"Secret/web-tls": ["HP456"]}
    assert chain(lone, CA).broken == "no certificate of its chain has signed the first one"


def test_a_gateway_uses_a_secret_of_another_namespace_too():
    item = secret("shared-tls", issued("x", left=-1.0), namespace="certs")
    judgement = secrets(item, gateways=[gateway(tls=[terminating(secret="shared-tls", namespace="certs")])])
    assert found(judgement) == {"Secret/shared-tls": ["HP452"]}


def test_what_nobody_uses_is_at_most_a_warning():
    expired, soon, broken = issued("x", left=-1.0), issued("x", left=29.0), LEAF + OTHER
    late = secret("owned-tls", issued("x", left=6.0), CA)
    late["metadata"]["ownerReferences"] = [{"kind": "Cluster", "name": "pg", "controller": True}]
    items = [secret("a", expired, CA), secret("b", soon, CA), secret("c", broken), secret("d", b"nonsense"), late]
    assert found(secrets(*items)) == {"Secret/a": ["HP459"]}


def test_what_cert_manager_keeps_is_judged_by_its_certificate_but_for_its_chain():
    expired, broken = issued("web.home.arpa", left=-1.0), LEAF + OTHER
    kept = [certificate("web")]
    one = secret("web-tls", expired, CA, managed=True)
    assert secrets(one, ingresses=[ingress()], certificates=kept).findings == ()
    two = secret("web-tls", broken, managed=True)
    assert found(secrets(two, ingresses=[ingress()], certificates=kept)) == {"Secret/web-tls": ["HP455"]}
    assert found(secrets(one, ingresses=[ingress()])) == {"Secret/web-tls": ["HP452"]}, "its Certificate is gone"


def users(items, *, ingresses=(), gateways=(), certificates=(), partial=None):
    objects = {SECRETS: items, INGRESSES: ingresses, GATEWAYS: gateways, CERTIFICATES: certificates}
    judgement = judge("tls-users", objects, partial=partial)
    assert len(judgement.findings) <= judgement.examined <= len(ingresses) + len(gateways)
    return judgement


def test_hosts_that_a_certificate_does_not_name():
    judgement = users([secret()], ingresses=[ingress(hosts=("web.home.arpa", "other.home.arpa"))])
    [finding] = judgement.findings
    assert (finding.code, finding.part) == ("HP457", "web-tls")
    assert finding.message == "the certificate in Secret web-tls is for web.home.arpa, not for other.home.arpa"


def test_hosts_of_the_rules_count_where_the_entry_names_none():
    assert users([secret()], ingresses=[ingress(hosts=(), rules=("web.home.arpa",))]).findings == ()
    assert found(users([secret()], ingresses=[ingress(hosts=(), rules=("x.lan",))])) == {"Ingress/web": ["HP457"]}
    assert users([secret()], ingresses=[ingress(rules=("x.lan",))]).findings == (), "x.lan has no TLS"


def test_listeners_of_a_gateway_are_told_apart():
    tls = [terminating("good", "web.home.arpa"), terminating("bad", "*.home.arpa"), terminating("any", None)]
    [finding] = users([secret()], gateways=[gateway(tls=tls)]).findings
    assert (finding.code, finding.object, finding.part) == ("HP457", "Gateway/web", "bad")


def test_of_several_certificates_of_one_listener_none_must_fit_alone():
    refs = [{"name": "web-tls"}, {"name": "other-tls"}]
    listener = {"name": "https", "hostname": "web.home.arpa", "tls": {"certificateRefs": refs}}
    other = secret("other-tls", issued("other.home.arpa"))
    assert users([secret(), other], gateways=[gateway(tls=[listener])]).findings == ()


def test_what_passes_through_needs_no_certificate():
    listener = {"name": "tls", "tls": {"mode": "Passthrough", "certificateRefs": [{"name": "gone"}]}}
    judgement = judge("tls-users", {SECRETS: [], GATEWAYS: [gateway(tls=[listener])]})
    assert judgement.findings == ()


def test_a_secret_that_is_not_there():
    [finding] = users([], ingresses=[ingress()]).findings
    assert (finding.code, finding.object) == ("HP458", "Ingress/web")
    assert "one of another type would not be seen" in finding.message


@pytest.mark.parametrize(
    ("one", "certificates", "partial"),
    [
        (ingress(age=MINUTE), (), None),
        (ingress(named=None), (), None),
        (ingress(), (certificate("web"),), None),
        (ingress(), (), {SECRETS: ("lab",)}),
    ],
    ids=["young", "unnamed", "promised by a Certificate", "not readable there"],
)
def test_a_secret_that_is_not_there_and_need_not_be(one, certificates, partial):
    assert users([], ingresses=[one], certificates=certificates, partial=partial).findings == ()


def test_in_a_namespace_whose_secrets_were_read_a_missing_one_is_missed():
    judgement = users([secret("other-tls")], ingresses=[ingress()], partial={SECRETS: ("media",)})
    assert found(judgement) == {"Ingress/web": ["HP458"]}


def test_a_copy_of_what_cert_manager_keeps_is_as_fresh_as_that():
    """Reflectors copy a wildcard into each namespace: its Certificate tells when it is not renewed."""
    kept = secret("wildcard", left=20.0, life=90.0, managed=True)
    copy = secret("web-tls", left=20.0, life=90.0)
    promise = {"metadata": meta("wildcard"), "spec": {"secretName": "wildcard"}, "status": {}}
    assert secrets(kept, copy, ingresses=[ingress()], certificates=[promise]).findings == ()
    [finding] = secrets(copy, ingresses=[ingress()], certificates=[promise]).findings
    assert finding.code == "HP453"
