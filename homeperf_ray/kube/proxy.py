"""Which proxy, if any, stands between this machine and a server."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from homeperf_ray.kube.errors import ConfigError


def proxy_for(server: str, configured: str, environ: Mapping[str, str]) -> str:
    """The proxy's URL, empty for none: the kubeconfig's ``proxy-url``, else ``HTTPS_PROXY`` and ``NO_PROXY`` as Go
    reads them. Raises ConfigError for a proxy that cannot be used.
    """
    if configured:
        return _checked(configured, "proxy-url of the cluster in the kubeconfig")
    parts = urlsplit(server)
    variable = f"{parts.scheme}_proxy"
    url = environ.get(variable.upper()) or environ.get(variable) or ""
    host = (parts.hostname or "").lower()
    if not url or _is_loopback(host) or _exempt(host, parts.port, environ.get("NO_PROXY") or environ.get("no_proxy")):
        return ""
    return _checked(url if "://" in url else f"http://{url}", variable.upper())


def _checked(url: str, where: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise ConfigError(f"{where} is not a URL", f"Correct {where}.") from None
    if parts.scheme.startswith("socks"):
        message = f"{where} names a SOCKS proxy, which homeperf does not speak"
        raise ConfigError(message, "Use an HTTP proxy, or forward a port to the API server, for example by SSH.")
    if not usable:
        raise ConfigError(f"{where} must be an http:// or https:// URL", f"Correct {where}.")
    return url


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _exempt(host: str, port: int | None, exceptions: str | None) -> bool:
    return any(_matches(host, port, part.strip().lower()) for part in (exceptions or "").split(",") if part.strip())


def _matches(host: str, port: int | None, rule: str) -> bool:
    if rule == "*":
        return True
    try:
        network = ipaddress.ip_network(rule.strip("[]"), strict=False)
    except ValueError:
        name, _, only = rule.rpartition(":") if rule.count(":") == 1 else (rule, "", "")
        if only and only != str(port or 443):
            return False
        domain = name.removeprefix("*").removeprefix(".")
        return host.endswith(f".{domain}") or (host == domain and name == domain)
    try:
        return ipaddress.ip_address(host) in network
    except ValueError:
        return False
