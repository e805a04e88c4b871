"""Which notify_urls may be called: https, a DNS name, and no address that isn't the open Internet's (promises T9).

A URL is read by one strict pattern rather than by a parser that might read it differently from the next one, and a
host is refused unless its last label begins with a letter: that leaves no notation of an IP address, decimal, octal,
hexadecimal or short, and no trailing dot.
"""

import ipaddress
import re
import socket
import threading
from collections.abc import Callable, Sequence
from typing import NamedTuple

LONGEST = 255
PORTS = (443, 8443)
LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
PATH = r"(?P<path>(?:/[A-Za-z0-9._~!$&'()*+,;=:@%-]*)*)"
PUBLIC = re.compile(rf"https://(?P<host>(?:{LABEL}\.)+[A-Za-z](?:[A-Za-z0-9-]{{0,61}}[A-Za-z0-9]))"
                    rf"(?::(?P<port>[1-9][0-9]{{0,4}}))?{PATH}")
ANYWHERE = re.compile(rf"(?P<scheme>https?)://(?P<host>(?:{LABEL}\.)*{LABEL})(?::(?P<port>[1-9][0-9]{{0,4}}))?{PATH}")
NOT_NAMES = ("localhost", "local", "localdomain", "internal", "intranet", "lan", "home.arpa", "onion")

# IANA's special-purpose registries, and one cloud's own address among the public ones
CLOSED_4 = tuple(map(ipaddress.IPv4Network, (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
    "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4")))
OPEN_6 = ipaddress.IPv6Network("2000::/3")  # mapped, compatible, NAT64, unique-local, link-local, multicast lie outside
CLOSED_6 = tuple(map(ipaddress.IPv6Network, (
    "2001::/23", "2001:db8::/32", "2002::/16", "3ffe::/16", "3fff::/20")))  # Teredo, 6to4 and the like: tunnels to IPv4
ISATAP = (0x00005EFE, 0x02005EFE)

Found = Sequence[str]
Resolver = Callable[[str, int], Found]


class AddressRefused(Exception):
    """Not an address that we call; `why` is a fixed word."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Unresolved(Exception):
    """The name leads nowhere, or its servers didn't answer in time."""


class Target(NamedTuple):
    """A notify_url, read. `tls`: whether it is https."""

    host: str
    port: int
    tls: bool
    path: str


def read(url: str, *, anywhere: bool = False) -> Target:
    """Raises AddressRefused. `anywhere`: for development, http and any host and port will do."""
    found = (ANYWHERE if anywhere else PUBLIC).fullmatch(url) if len(url) <= LONGEST else None
    if found is None:
        raise AddressRefused("form")
    tls = url.startswith("https:")
    host, port = found["host"].lower(), int(found["port"] or (443 if tls else 80))
    if len(host) > 253 or port > 65535:
        raise AddressRefused("form")
    if not anywhere:
        if port not in PORTS:
            raise AddressRefused("port")
        if any(host == name or host.endswith("." + name) for name in NOT_NAMES):
            raise AddressRefused("name")
    return Target(host, port, tls, found["path"] or "/")


def is_open(address: str) -> bool:
    """Whether this address, in its one canonical notation or another, lies in the open Internet."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv4Address):
        return not any(ip in net for net in CLOSED_4)
    isatap = (int(ip) >> 32) & 0xFFFFFFFF in ISATAP
    return ip in OPEN_6 and not isatap and not any(ip in net for net in CLOSED_6)


def checked(addresses: Found, *, anywhere: bool = False) -> str:
    """The one to connect to. One closed address among them refuses all: who mixes them is up to something."""
    if not addresses:
        raise Unresolved
    if not anywhere and not all(is_open(address) for address in addresses):
        raise AddressRefused("address")
    return addresses[0]


def resolve(host: str, port: int) -> list[str]:
    """What the system's resolver says, in its order. Raises Unresolved."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unresolved from None
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def within(seconds: float, resolver: Resolver, host: str, port: int) -> Found:
    """The resolver's answer, asked once; it can't be hurried itself, so it is left behind. Raises Unresolved."""
    said: list[Found] = []

    def ask() -> None:
        try:
            said.append(resolver(host, port))
        except Unresolved:
            said.append(())

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(seconds)
    if not said or not said[0]:
        raise Unresolved
    return said[0]
