"""Hosts and ports as HTTP writes them, and which of them are this machine's own."""

import functools
import ipaddress


@functools.lru_cache(1024)  # without keys it runs for every request
def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own: ``localhost``, 127.0.0.0/8 or ::1."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def name_of(host: str) -> str:
    """The name of a Host header, without its port; an IPv6 address with its brackets."""
    # An IPv6 address has colons of its own: only what follows its bracket is a port.
    return host[: host.index("]") + 1] if host.startswith("[") and "]" in host else host.rpartition(":")[0] or host


def url_of(scheme: str, host: str, port: int) -> str:
    """The address of a server; an IPv6 address gets brackets."""
    name = f"[{host.strip('[]')}]" if ":" in host else host
    return f"{scheme}://{name}:{port}"
