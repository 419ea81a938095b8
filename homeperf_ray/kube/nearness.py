"""Whether a server is on this machine or its network."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from urllib.parse import urlsplit


async def is_near(server: str) -> bool:
    """Whether every address of the URL's host is a loopback, private or link-local one.

    Raises ``socket.gaierror`` for a name that cannot be resolved.
    """
    host = urlsplit(server).hostname or ""
    try:
        addresses = [ipaddress.ip_address(host)]
    except ValueError:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
        addresses = [ipaddress.ip_address(str(address[0]).partition("%")[0]) for *_, address in found]
    return all(address.is_private or address.is_link_local for address in addresses)
