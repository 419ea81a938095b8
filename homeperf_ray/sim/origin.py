"""A real cluster as the emulator reads it: its kubeconfig, one connection, paged LISTs."""

from __future__ import annotations

import http.client
import ssl
import time
from collections.abc import Iterator
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

import msgspec

PAGE = 500

_METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
_ATTEMPTS = 6
_TIMEOUT = 60.0


class OriginError(RuntimeError):
    """A cluster that cannot be copied; the message names the file, context or request, and never a credential."""


class Refused(Exception):  # noqa: N818  an answer, not a failure of the copy
    """The server does not give this resource type to this user."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(str(status))


class Origin:
    """The API server of one context, read by GET only, one request at a time. Proxies are not used."""

    def __init__(self, url: str, tls: ssl.SSLContext | None, authorization: str) -> None:
        self._at = urlsplit(url)
        self._tls = tls
        self._authorization = authorization
        self._connection: http.client.HTTPConnection | None = None

    @classmethod
    def of(cls, path: str, context: str) -> Self:
        """The cluster of a context, the current one where none is named. Raises OriginError."""
        from kubernetes.client import Configuration
        from kubernetes.config import ConfigException, load_kube_config

        configuration = Configuration()
        try:
            load_kube_config(  # type: ignore[no-untyped-call]
                path, context or None, client_configuration=configuration, persist_config=False
            )
            tls = _tls(configuration)
        except (ConfigException, OSError, ValueError) as error:
            raise OriginError(
                f"{path} cannot be used{f' with the context {context}' if context else ''}: {error}"
            ) from None
        token = (
            configuration.get_api_key_with_prefix("BearerToken", "authorization")
            or configuration.get_basic_auth_token()
            or ""
        )
        return cls(configuration.host, tls, str(token))

    def get(self, path: str, query: dict[str, str] | None = None, accept: str = "application/json") -> Any:
        """One document. Raises Refused for 401, 403, 404, 405 and 410, OriginError where there is no answer."""
        headers = {"Accept": accept, "User-Agent": "homeperf-sim"}
        if self._authorization:
            headers["Authorization"] = self._authorization
        target = f"{self._at.path.rstrip('/')}{path}" + (f"?{urlencode(query)}" if query else "")
        for attempt in range(_ATTEMPTS):
            try:
                answer, body = self._exchange(target, headers)
            except (OSError, http.client.HTTPException) as error:
                self.close()
                if attempt + 1 == _ATTEMPTS or isinstance(error, ssl.SSLCertVerificationError):
                    raise OriginError(f"{self._at.netloc} does not answer {path}: {error}") from None
                time.sleep(0.2 * 2**attempt)
                continue
            if answer.status < 300:
                return msgspec.json.decode(body)
            if answer.status not in {429, 500, 503, 504}:
                raise Refused(answer.status)
            time.sleep(min(30.0, float(answer.headers.get("Retry-After") or 0.2 * 2**attempt)))
        raise OriginError(f"{self._at.netloc} answers {answer.status} to {path} again and again.")

    def items(self, path: str, query: dict[str, str] | None = None, *, bare: bool = False) -> Iterator[Any]:
        """Every object of a collection, page by page; ``bare`` asks for its metadata alone. Raises as ``get``."""
        accept, begun, token = _METADATA if bare else "application/json", 0, ""
        while True:
            page = {**(query or {}), "limit": str(PAGE), **({"continue": token} if token else {})}
            try:
                found = self.get(path, page, accept)
            except Refused as refused:
                if refused.status != 410 or begun >= 3:
                    raise
                # The list expired between two pages; whoever reads takes the newest copy of each object.
                begun, token = begun + 1, ""
                continue
            if bare and found.get("kind") != "PartialObjectMetadataList":
                raise Refused(406)
            yield from found.get("items") or ()
            token = found["metadata"].get("continue", "")
            if not token:
                return

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _exchange(self, target: str, headers: dict[str, str]) -> tuple[http.client.HTTPResponse, bytes]:
        if self._connection is None:
            host, port = str(self._at.hostname), self._at.port
            if self._tls is None:
                self._connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT)
            else:
                self._connection = http.client.HTTPSConnection(host, port, timeout=_TIMEOUT, context=self._tls)
        self._connection.request("GET", target, headers=headers)
        answer = self._connection.getresponse()
        return answer, answer.read()


def _tls(configuration: Any) -> ssl.SSLContext | None:
    """TLS as a kubeconfig asks for it; None for plain HTTP."""
    if not str(configuration.host).startswith("https:"):
        return None
    context = ssl.create_default_context(cafile=configuration.ssl_ca_cert)
    context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
    if not configuration.verify_ssl:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if configuration.cert_file:
        context.load_cert_chain(configuration.cert_file, configuration.key_file)
    return context
