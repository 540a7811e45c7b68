"""Addresses of files in buckets and on servers, as a page may say them in place of a file's name."""

import hashlib
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

from schemas.problems import Problem

_BUCKETS = ("s3", "gs")
_WEB = ("http", "https")
SCHEMES = (*_BUCKETS, *_WEB)
# What signs or opens a request: in a page, in the metadata and in logs it would be read by everyone.
_SECRETS = {
    "sig",
    "signature",
    "x-amz-signature",
    "x-goog-signature",
    "token",
    "access_token",
    "key",
    "api_key",
    "apikey",
}
_ALLOWED = "an address such as s3://BUCKET/file.csv, gs://BUCKET/part-*.csv or https://HOST/file.csv"


def is_remote(name: object) -> bool:
    """Whether a file's name is an address: it has ``://`` in it."""
    return isinstance(name, str) and "://" in name


def shown_address(address: str) -> str:
    """An address as messages show it: without user, password and query."""
    scheme, separator, rest = address.partition("://") if is_remote(address) else ("", "", address)
    place, _, query = rest.partition("?")
    host, slash, path = place.partition("/")
    return f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}{'?...' if query else ''}"


def place_of(address: str) -> str:
    """Where the copy of an address is in the dataset's folder: ``s3/BUCKET/part-*.csv``, ``https/HOST/file.csv``."""
    scheme, _, rest = address.partition("://")
    # In a bucket "?" is a part of a pattern.
    place, _, query = rest.partition("?") if scheme in _WEB else (rest, "", "")
    folder, slash, name = "/".join(part for part in place.split("/") if part).rpartition("/")
    # Two addresses may differ in their query alone.
    mark = f"{hashlib.sha256(query.encode()).hexdigest()[:8]}-" if query else ""
    return f"{scheme}/{folder}{slash}{mark}{name}"


def address_problems(field: str, address: str) -> Iterator[Problem]:
    """The problems of an address: another scheme, no place, credentials, or a pattern where nothing can be listed."""
    text = shown_address(address)
    scheme = address.partition("://")[0]
    try:
        parts = urlsplit(address)
        named = bool(parts.hostname) and bool(parts.path.strip("/")) and not any(c.isspace() for c in address)
    except ValueError:  # brackets that are no IPv6 address
        yield Problem(field, text, _ALLOWED)
        return
    if scheme not in SCHEMES or not named or ".." in parts.path.split("/"):
        yield Problem(field, text, _ALLOWED)
    elif "@" in parts.netloc or _SECRETS & {name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True)}:
        yield Problem(field, text, "an address without credentials: docs/remotes.md says where they go")
    elif scheme in _WEB and not address.isascii():
        yield Problem(field, text, "an address in ASCII, with other characters as in %C3%A4 and xn--bcher-kva.example")
    elif scheme in _WEB and "*" in parts.path:
        yield Problem(field, text, "one file's address: servers of the web do not list their files")
