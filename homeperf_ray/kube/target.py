"""The target: which API server, as whom, how verified. Read from files; nothing is sent."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from homeperf_ray.kube.auth import LegacyProvider
from homeperf_ray.kube.credentials import Fixed, Source, TokenFile, bearer
from homeperf_ray.kube.errors import ConfigError
from homeperf_ray.kube.exec_plugin import ExecPlugin, exec_plugin
from homeperf_ray.kube.kubeconfig import SERVICE_ACCOUNT, Section, read_kubeconfig
from homeperf_ray.kube.proxy import proxy_for
from homeperf_ray.kube.request import Access
from homeperf_ray.kube.secret import Secret
from homeperf_ray.kube.tls import ClientCertificate, Trust

IN_CLUSTER = "in-cluster"
"""What the context is called where there is no kubeconfig."""


@dataclass(frozen=True)
class Target:
    """One API server and one identity. Its ``repr`` shows no credential.

    ``server_id`` and ``identity`` are hex digests: of the server's URL and CA, and of the server with everything
    that says who asks. ``namespace`` is the context's default, ``warnings`` are sentences for the user.
    """

    context: str
    server: str
    namespace: str
    server_id: str
    identity: str
    trust: Trust
    source: Source
    certificate: ClientCertificate | None = None
    impersonate: tuple[tuple[str, str], ...] = ()
    proxy: str = field(default="", repr=False)
    warnings: tuple[str, ...] = ()

    @property
    def origin(self) -> str:
        """Scheme, host and port, as errors name the server."""
        parts = urlsplit(self.server)
        return f"{parts.scheme}://{parts.netloc}"

    def __str__(self) -> str:
        return f"{self.origin} (context {self.context!r})"

    def pinned(self, access: Access) -> Access:
        """How this was found, by name: it is found again whatever becomes the kubeconfig's current context."""
        return msgspec.structs.replace(access, context=self.context) if access.kubeconfig else access


def load_target(
    access: Access, *, environ: Mapping[str, str] = os.environ, service_account: Path = SERVICE_ACCOUNT
) -> Target:
    """Read what ``access`` names. Raises ConfigError; nothing is sent and no plugin is run."""
    if not access.kubeconfig:
        return _in_cluster(environ, service_account)
    config = read_kubeconfig(access.kubeconfig)
    name, context = config.context(access.context)
    cluster, user = config.cluster(context), config.user(context)
    server = _server(cluster)
    trust = _trust(cluster)
    proxy = proxy_for(server, cluster.text("proxy-url"), environ)
    source = _source(user, cluster, server, trust)
    target = Target(
        context=name,
        server=server,
        namespace=context.text("namespace") or "default",
        server_id="",
        identity="",
        trust=trust,
        source=source,
        certificate=_certificate(user),
        impersonate=_impersonate(user),
        proxy=proxy,
        warnings=tuple(_warnings(server, trust, cluster, source)),
    )
    return _identified(target)


def _in_cluster(environ: Mapping[str, str], account: Path) -> Target:
    host, port = environ.get("KUBERNETES_SERVICE_HOST", ""), environ.get("KUBERNETES_SERVICE_PORT") or "443"
    if not host:
        raise ConfigError(
            "there is no kubeconfig, and this is not a pod: KUBERNETES_SERVICE_HOST is not set",
            "Name a kubeconfig with --kubeconfig or KUBECONFIG.",
        )
    token, authority = account / "token", account / "ca.crt"
    try:
        ca = authority.read_bytes()
        token.read_bytes()
    except OSError as error:
        message = f"{error.filename} cannot be read: {error.strerror}"
        hint = "Mount a ServiceAccount into this pod (automountServiceAccountToken) or name a kubeconfig."
        raise ConfigError(message, hint) from None
    namespace = account / "namespace"
    return _identified(
        Target(
            context=IN_CLUSTER,
            server=f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}",
            namespace=namespace.read_text().strip() if namespace.is_file() else "default",
            server_id="",
            identity="",
            trust=Trust(ca=ca),
            source=TokenFile(token),
        )
    )


def _server(cluster: Section) -> str:
    server = cluster.text("server").rstrip("/")
    if not server:
        raise cluster.wrong("server", "is missing")
    if "://" not in server:
        server = f"https://{server}"
    try:
        parts = urlsplit(server)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise cluster.wrong("server", "is not an http:// or https:// URL")
    if parts.username is not None or parts.query or parts.fragment:
        raise cluster.wrong("server", "holds more than a scheme, a host, a port and a path")
    return server


def _trust(cluster: Section) -> Trust:
    trust = Trust(
        ca=cluster.content("certificate-authority"),
        server_name=cluster.text("tls-server-name"),
        insecure=cluster.flag("insecure-skip-tls-verify"),
    )
    if trust.insecure and trust.ca:
        raise cluster.wrong("insecure-skip-tls-verify", "contradicts certificate-authority; keep only one of them")
    return trust


def _source(user: Section, cluster: Section, server: str, trust: Trust) -> Source:
    token, file = user.text("token"), user.path("tokenFile")
    name, password = user.text("username"), user.text("password")
    if (token or file) and name:
        raise user.wrong("username", "stands beside a token; keep only one of them")
    plugin, provider = user.section("exec"), user.section("auth-provider")
    if plugin and provider:
        raise user.wrong("exec", "stands beside auth-provider; keep only one of them")
    try:
        authorization = bearer(token) if token else None
    except ValueError:
        raise user.wrong("token", "holds characters that cannot be sent, such as a line break") from None
    if file:
        return TokenFile(file, authorization)
    if authorization:
        return Fixed(authorization)
    if name:
        return Fixed.password(name, password)
    if plugin:
        return exec_plugin(plugin, cluster, server, trust)
    if provider:
        return LegacyProvider(user.entry, user.file, provider.text("name"), provider.section("config").plain())
    return Fixed()


def _certificate(user: Section) -> ClientCertificate | None:
    chain, key = user.content("client-certificate"), user.content("client-key")
    if not chain and not key:
        return None
    if not chain or not key:
        missing = "client-key" if chain else "client-certificate"
        raise user.wrong(missing, "is missing: a client certificate needs both")
    return ClientCertificate(chain, Secret(key.decode("utf-8", "replace")))


def _impersonate(user: Section) -> tuple[tuple[str, str], ...]:
    name, uid, groups = user.text("as"), user.text("as-uid"), user.texts("as-groups")
    extra = user.section("as-user-extra")
    if not name and (uid or groups or extra):
        raise user.wrong("as", "is missing: as-groups, as-uid and as-user-extra need it")
    headers = [("Impersonate-User", name)] if name else []
    headers += [("Impersonate-Uid", uid)] if uid else []
    headers += [("Impersonate-Group", group) for group in groups]
    for key in extra.names():
        headers += [(f"Impersonate-Extra-{key}", value) for value in extra.texts(key)]
    if not all(text.isprintable() for header in headers for text in header):
        raise user.wrong("as", "and its companions hold characters that cannot be sent")
    return tuple(headers)


def _warnings(server: str, trust: Trust, cluster: Section, source: Source) -> list[str]:
    found = []
    if server.startswith("http://"):
        found.append(f"{cluster.name} is read over plain HTTP: anyone on the way can read and change the answers")
    elif trust.insecure:
        found.append(
            f"{cluster.name} has insecure-skip-tls-verify: the server's certificate is not checked, "
            "and anyone on the way can read the credentials"
        )
    if isinstance(source, ExecPlugin) and source.interactive == "Always":
        found.append(f"the exec plugin {source.command!r} wants a terminal, which homeperf does not give it")
    return found


def _identified(target: Target) -> Target:
    server_id = _digest(target.server.lower().encode(), target.trust.ca)
    material = target.source.material()
    # A password can be guessed from a plain digest; one that is slow to make cannot, at least not cheaply.
    if material.startswith(b"Basic "):
        material = hashlib.scrypt(material, salt=server_id.encode(), n=2**13, r=8, p=1)
    certificate = target.certificate.chain if target.certificate else b""
    headers = "\n".join(f"{name}: {value}" for name, value in target.impersonate).encode()
    kind = type(target.source).__name__.encode()
    identity = _digest(server_id.encode(), kind, material, certificate, headers)
    return replace(target, server_id=server_id, identity=identity)


def _digest(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()[:32]
