"""The address under test: its form, and whether it is this machine."""

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from schemas.errors import InputError

_PORTS = {"grpc": 8500, "http": 8080, "https": 443}
EXPECTED = "http://127.0.0.1:8080 (the gateway) or grpc://127.0.0.1:8500 (the model server) is expected"


@dataclass(frozen=True)
class Address:
    """Where requests go.

    Attributes:
      scheme: ``http``, ``https`` or ``grpc``.
      path: what stands before ``/v1``, without a slash at its end; "" mostly.
    """

    scheme: str
    host: str
    port: int
    path: str = ""

    @property
    def netloc(self) -> str:
        """``host:port``, an IPv6 address in brackets (RFC 3986, 3.2.2)."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.netloc}{self.path}"


def parse(url: str) -> Address:
    """The address in a URL, with the scheme's default port where it has none.

    Raises InputError for what is no address of a gateway or a model server.
    """
    try:
        parts = urlsplit(url)
        # port is parsed when it is read: a bad one raises here and not in urlsplit.
        port = parts.port
    except ValueError as error:
        raise InputError(f"--url: received {url!r} ({error}); {EXPECTED}") from None
    extra = parts.query or parts.fragment or parts.username or (parts.scheme == "grpc" and parts.path.strip("/"))
    if parts.scheme not in _PORTS or not parts.hostname or extra or port == 0:
        raise InputError(f"--url: received {url!r}; {EXPECTED}")
    return Address(parts.scheme, parts.hostname, port or _PORTS[parts.scheme], parts.path.rstrip("/"))


def check_loopback(address: Address) -> None:
    """Raises InputError for a host that is, or may be, another machine: a load test there is another person's outage."""
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        raise InputError(f"--url: the host {address.host!r} is not known ({error}); {EXPECTED}") from error
    # All of its addresses: the client may connect to any one of them. A scope such as %eth0 is no part of an address.
    if not all(ipaddress.ip_address(ip.partition("%")[0]).is_loopback for ip in found):
        raise InputError(
            f"--url: {address.host} is not this machine ({', '.join(sorted(found))}); add --allow-remote if it is yours: "
            "a load test can put a server out of service"
        )
