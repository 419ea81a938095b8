"""cert-manager's Certificates, and the public half of TLS Secrets."""

from __future__ import annotations

from homeperf_ray.kube.models.meta import Condition, Model, ObjectMeta, OwnerReference, Time


class CertificateSpec(Model):
    secret_name: str | None = None


class CertificateStatus(Model):
    conditions: list[Condition] | None = None
    not_before: Time = None
    not_after: Time = None
    renewal_time: Time = None
    last_failure_time: Time = None
    failed_issuance_attempts: int | None = None


class Certificate(Model):
    metadata: ObjectMeta
    spec: CertificateSpec | None = None
    status: CertificateStatus | None = None


class SecretAnnotations(Model, rename={"certificate": "cert-manager.io/certificate-name"}):
    certificate: str | None = None


class SecretMeta(ObjectMeta):
    annotations: SecretAnnotations | None = None
    owner_references: list[OwnerReference] | None = None


class PublicData(Model, rename={"certificates": "tls.crt"}):
    """All that is ever decoded of a Secret's data. What is not named here becomes no Python object."""

    certificates: str | None = None


class TlsSecret(Model):
    metadata: SecretMeta
    data: PublicData | None = None
