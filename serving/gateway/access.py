"""Authentication by API key; without keys, only requests to a name of this machine are served."""

import base64
import binascii
from collections.abc import Mapping

from serving.addresses import is_loopback, name_of
from serving.gateway.keys import Key, digest
from serving.gateway.problems import HttpProblem

# Basic is for browsers, which prompt for a password when /docs is opened; Bearer is RFC 6750's.
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="slipway", Basic realm="slipway: any name, the API key as password"'}
OPEN = ("/healthz", "/readyz")  # Kubernetes' probes and load balancers carry no key


def identify(headers: Mapping[str, str], keys: Mapping[str, Key]) -> Key:
    """The key that a request carries, looked up by its hash.

    Args:
      headers: by lower-case name.
      keys: by SHA-256, as ``keys.load`` gives them.

    Raises:
      HttpProblem: 401, for a request without a key or with an unknown one.
    """
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
            # latin-1 decodes any bytes: a wrong password must end in a 401, not in a UnicodeDecodeError.
            return base64.b64decode(value, validate=True).decode("latin-1").partition(":")[2]
        except binascii.Error:
            return None
    return None


def check_host(headers: Mapping[str, str]) -> None:
    """Raises HttpProblem (403) for a Host header that is not a name of this machine.

    Without keys a web page must not reach the gateway by a name that its owner lets point to 127.0.0.1 (DNS rebinding).
    """
    name = name_of(headers.get("host", ""))
    if not is_loopback(name):
        raise HttpProblem(
            "host-not-local", f"the request is for the host {name[:100]!r}, and the gateway has no API keys"
        )
