"""Columns of cert-manager's Certificates and of TLS Secrets; of these only what anybody who connects may know."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from homeperf_ray.kube.columns.chain import chain_of
from homeperf_ray.kube.columns.kind import COUNT, FLAG, TEXT, TIME, WORD, TableKind, brief
from homeperf_ray.kube.models.certificates import Certificate, CertificateSpec, CertificateStatus, TlsSecret
from homeperf_ray.kube.models.meta import Condition, condition


def _certificate(item: Certificate) -> tuple[Any, ...]:
    meta, spec, status = item.metadata, item.spec or CertificateSpec(), item.status or CertificateStatus()
    ready = condition(status.conditions, "Ready") or Condition()
    issuing = condition(status.conditions, "Issuing") or Condition()
    return (
        meta.namespace,
        meta.name or "",
        meta.creation_timestamp,
        spec.secret_name,
        ready.status,
        ready.reason,
        brief(ready.message),
        ready.last_transition_time,
        brief(issuing.message) if issuing.status == "False" else None,
        status.not_before,
        status.not_after,
        status.renewal_time,
        status.last_failure_time,
        status.failed_issuance_attempts or 0,
    )


def _secret(item: TlsSecret) -> tuple[Any, ...]:
    meta = item.metadata
    chain = chain_of(item.data.certificates if item.data else None)
    return (
        meta.namespace,
        meta.name or "",
        meta.creation_timestamp,
        meta.annotations.certificate if meta.annotations else None,
        bool(meta.owner_references),
        chain.unreadable or None,
        chain.not_before,
        chain.not_after,
        chain.subject or None,
        chain.issuer or None,
        chain.names,
        chain.fingerprint or None,
        chain.certificates,
        chain.self_signed,
        chain.alone,
        chain.broken or None,
        chain.issuer_not_after,
    )


CERTIFICATE = TableKind(
    "Certificate",
    Certificate,
    (
        ("namespace", WORD),
        ("name", TEXT),
        ("created", TIME),
        ("secret", TEXT),
        ("ready", WORD),
        ("ready_reason", WORD),
        ("ready_message", TEXT),
        ("ready_since", TIME),
        ("failure", TEXT),
        ("not_before", TIME),
        ("not_after", TIME),
        ("renewal", TIME),
        ("failed_at", TIME),
        ("failures", COUNT),
    ),
    _certificate,
)

TLS_SECRET = TableKind(
    "Secret",
    TlsSecret,
    (
        ("namespace", WORD),
        ("name", TEXT),
        ("created", TIME),
        ("certificate", TEXT),
        ("owned", FLAG),
        ("unreadable", WORD),
        ("not_before", TIME),
        ("not_after", TIME),
        ("subject", TEXT),
        ("issuer", TEXT),
        ("names", pa.list_(TEXT)),
        ("fingerprint", TEXT),
        ("certificates", COUNT),
        ("self_signed", FLAG),
        ("alone", FLAG),
        ("broken", WORD),
        ("issuer_not_after", TIME),
    ),
    _secret,
)
