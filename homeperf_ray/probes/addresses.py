"""Addresses that a name in a cluster should not lead to: loopback, link-local, metadata, and their disguises."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Literal, get_args

Address = IPv4Address | IPv6Address

Special = Literal["unspecified", "loopback", "metadata", "link-local", "multicast", "broadcast", "reserved"]
SPECIALS: tuple[Special, ...] = get_args(Special)

METADATA = frozenset(
    map(
        ip_address,
        (
            "169.254.169.254",  # AWS, Azure, Google Cloud, OpenStack, DigitalOcean, Oracle ...
            "169.254.170.2",  # AWS ECS: credentials of tasks
            "169.254.170.23",  # AWS EKS: credentials of pods
            "fd00:ec2::254",  # AWS
            "fd00:ec2::23",  # AWS EKS
            "fd20:ce::254",  # Google Cloud
            "100.100.100.200",  # Alibaba Cloud
            "192.0.0.192",  # Oracle Cloud, classic
            "168.63.129.16",  # Azure's host
            "fe80::a9fe:a9fe",  # OpenStack
        ),
    )
)
"""Where clouds tell a machine its credentials."""

_THIS_NETWORK = ip_network("0.0.0.0/8")
_RESERVED = ip_network("240.0.0.0/4")
_BROADCAST = IPv4Address("255.255.255.255")
_SITE_LOCAL = IPv6Network("fec0::/10")
_COMPATIBLE = IPv6Network("::/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_NAT64_LOCAL = IPv6Network("64:ff9b:1::/48")
_TRANSLATED = IPv6Network("::ffff:0:0:0/96")
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})


def special(address: Address) -> Special | Literal[""]:
    """What makes an address special, or the IPv4 address that an IPv6 one carries; empty where nothing does.

    IPv4 is looked for in mapped, compatible and translated addresses (RFC 4291, RFC 2765), NAT64 (RFC 6052, RFC 8215),
    6to4 (RFC 3056), Teredo (RFC 4380) and ISATAP (RFC 5214).
    """
    if found := _itself(address):
        return found
    if isinstance(address, IPv6Address):
        for inner in _carried(address):
            if found := _itself(inner):
                return found
    return ""


class Policy:
    """Which special addresses may be connected to nevertheless: kinds such as ``loopback``, and networks (CIDR).

    Raises ValueError for what is neither.
    """

    def __init__(self, allow: tuple[str, ...] = ()) -> None:
        self._kinds = {one for one in allow if one in SPECIALS}
        self._networks = tuple(ip_network(one, strict=False) for one in allow if one not in SPECIALS)

    def refuses(self, address: Address) -> str:
        """Why nothing connects to this address; empty where it may be."""
        kind = special(address)
        if not kind or kind in self._kinds or any(address in network for network in self._networks):
            return ""
        return kind


def literal(host: str) -> Address | None:
    """The address that a host is, written out; None for a name. A zone (``fe80::1%eth0``) is no part of one."""
    try:
        return ip_address(host) if "%" not in host else None
    except ValueError:
        return None


def _itself(address: Address) -> Special | Literal[""]:
    ipv4 = isinstance(address, IPv4Address)
    tests: tuple[tuple[Special, bool], ...] = (
        ("metadata", address in METADATA),
        ("unspecified", address.is_unspecified or (ipv4 and address in _THIS_NETWORK)),
        ("loopback", address.is_loopback),
        ("link-local", address.is_link_local or (not ipv4 and address in _SITE_LOCAL)),
        ("multicast", address.is_multicast),
        ("broadcast", address == _BROADCAST),
        ("reserved", ipv4 and address in _RESERVED),
    )
    return next((kind for kind, true in tests if true), "")


def _carried(address: IPv6Address) -> list[IPv4Address]:
    """The IPv4 addresses that may be meant by an IPv6 one."""
    bits = int(address)
    found = [one for one in (address.ipv4_mapped, address.sixtofour) if one]
    if address.teredo:
        found += address.teredo
    if address in _COMPATIBLE or address in _NAT64 or address in _TRANSLATED:
        found.append(IPv4Address(bits & 0xFFFFFFFF))
    if address in _NAT64_LOCAL:
        found += _translated(bits)
    if (bits >> 32) & 0xFFFFFFFF in _ISATAP:
        found.append(IPv4Address(bits & 0xFFFFFFFF))
    return found


def _translated(bits: int) -> list[IPv4Address]:
    """Where a prefix of 48, 56, 64 or 96 bits puts an IPv4 address; bits 64 to 71 are left out (RFC 6052, 2.2).

    Which of them it is nobody can see: a place that holds nothing but zeros is not meant where another holds more.
    """
    whole = bits.to_bytes(16, "big")
    places = [
        IPv4Address(whole[6:8] + whole[9:11]),
        IPv4Address(whole[7:8] + whole[9:12]),
        IPv4Address(whole[9:13]),
        IPv4Address(whole[12:16]),
    ]
    return [one for one in places if one not in _THIS_NETWORK] or places
