"""Who may ask: API keys, and without keys only names of this machine."""

import base64
import binascii
from collections.abc import Mapping

from serving.gateway.keys import Key, digest
from serving.gateway.problems import HttpProblem
from serving.gateway.settings import is_loopback

# Basic is for browsers, which ask for a password when /docs is opened.
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="slipway", Basic realm="slipway: any name, the API key as password"'}
OPEN = ("/healthz", "/readyz")  # probes have no key


def identify(headers: Mapping[str, str], keys: Mapping[str, Key]) -> Key:
    """The key that a request carries. Raises HttpProblem for none and for an unknown one."""
    sent = _sent(headers)
    if sent is None:
        raise HttpProblem(
            "key-missing",
            "the request has no API key; send it as the header Authorization: Bearer KEY, or X-API-Key: KEY",
            _CHALLENGE,
        )
    key = keys.get(digest(sent))
    if key is None:
        raise HttpProblem("key-unknown", "the API key is not known here", _CHALLENGE)
    return key


def _sent(headers: Mapping[str, str]) -> str | None:
    if "x-api-key" in headers:
        return headers["x-api-key"]
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode("latin-1").partition(":")[2]
        except binascii.Error:
            return None
    return None


def check_host(headers: Mapping[str, str]) -> None:
    """Without keys a page of the web must not reach the gateway by a name that it lets point to 127.0.0.1 (DNS rebinding).

    Raises HttpProblem for a Host that is not a name of this machine.
    """
    host = headers.get("host", "")
    name = host[: host.index("]") + 1] if host.startswith("[") and "]" in host else host.rpartition(":")[0] or host
    if not is_loopback(name):
        raise HttpProblem(
            "host-not-local", f"the request is for the host {name[:100]!r}, and the gateway has no API keys"
        )
