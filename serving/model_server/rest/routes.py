"""The route of a request line: TensorFlow Serving's patterns, and the part of a URI that they are matched with."""

import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from tensorflow_serving.apis.model_pb2 import ModelSpec

from serving.model_server.errors import ServingError, invalid

_MODEL = rb"/([^/:]+)"
_VERSION = rb"(?:(?:/versions/([0-9]+))|(?:/labels/([^/:]+)))?"
_POST = re.compile(rb"(?i)/v1/models" + _MODEL + _VERSION + rb":(classify|regress|predict)")
_GET = re.compile(rb"(?i)/v1/models(?:" + _MODEL + rb")?" + _VERSION + rb"(?:/(metadata))?")
_API = re.compile(rb"(?i)/v1/")

# libevent reads a target this strictly; a byte outside these is a bad request.
_PATH = rb"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*"
_REST = rb"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})*"
_TARGET = re.compile(
    rb"(?:[A-Za-z][A-Za-z0-9+.\-]*:)?(?://[^/?#]*)?(" + _PATH + rb")((?:\?" + _REST + rb")?(?:#" + _REST + rb")?)"
)


@dataclass(frozen=True)
class Target:
    """A request's target, undecoded.

    Attributes:
      path: without scheme and authority, which a proxy's request has.
      suffix: query and fragment with their marks.
    """

    path: bytes
    suffix: bytes

    @property
    def full(self) -> bytes:
        """Path, query and fragment: TensorFlow Serving matches all of it (evhttp_request.cc)."""
        return self.path + self.suffix


def target(uri: bytes) -> Target | None:
    """The target of a request line; None where libevent would not take it for a URI."""
    found = _TARGET.fullmatch(uri)
    return Target(*found.groups()) if found else None


def is_api(path: bytes) -> bool:
    """Whether a path begins with /v1/, in upper or lower case."""
    return _API.match(path) is not None


@dataclass
class Route:
    """What a request is for.

    Attributes:
      spec: the model, with its version or label.
      action: predict, classify, regress, metadata, status, or another spelling of these.
      error: why the request is refused, else None.
    """

    spec: ModelSpec
    action: str
    error: ServingError | None = None


def route(method: str, path: bytes) -> Route:
    """The route of a request under /v1/. Its error is not raised, so that it is counted under the model's name."""
    pattern = {"POST": _POST, "GET": _GET}.get(method)
    found = pattern.fullmatch(path) if pattern else None
    malformed = invalid(f"Malformed request: {method} {path.decode('latin-1')}")
    if found is None:
        return Route(ModelSpec(), "", malformed)
    name, version, label, last = (part or b"" for part in found.groups())
    action = last.decode()
    # The dispatch compares exactly: /METADATA is matched, and gets the status.
    if method == "GET":
        action = "metadata" if action == "metadata" else "status"
    known = Route(ModelSpec(name=_decoded(name)), action)
    number = int(version.lstrip(b"0")[:20] or 0)  # 20 digits are too many already
    if number >= 2**63:
        known.error = invalid(f"Failed to convert version: {version.decode()} to numeric.")
    elif version:
        known.spec.version.value = number
    elif label:
        known.spec.version_label = _decoded(label)
    # Here too: :PREDICT is matched, and malformed (http_rest_api_handler.cc).
    if method == "POST" and action not in ("predict", "classify", "regress"):
        known.error = known.error or malformed
    return known


def _decoded(text: bytes) -> str:
    """A name with its percent-escapes decoded. No model has a name that is not UTF-8."""
    return unquote_to_bytes(text).decode(errors="replace")
