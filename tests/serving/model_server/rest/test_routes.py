"""Model, version and action of a request line."""

import pytest
from tensorflow_serving.apis.model_pb2 import ModelSpec

from serving.model_server.rest.routes import Target, is_api, route, target

ESCAPED = "%21%23%24%25%26%27%28%29%2A%2B%2C%2F%3A%3B%3D%3F%40%5B%5D"
PLAIN = "!#$%&'()*+,/:;=?@[]"


def spec(name: str, version: int | None = None, label: str | None = None) -> ModelSpec:
    found = ModelSpec(name=name)
    if version is not None:
        found.version.value = version
    if label is not None:
        found.version_label = label
    return found


@pytest.mark.parametrize(
    ("method", "path", "spec", "action"),
    [
        ("GET", f"/v1/models/m{ESCAPED}", spec(f"m{PLAIN}"), "status"),
        ("GET", "/v1/models/m/versions/99", spec("m", 99), "status"),
        ("GET", "/v1/models/m/versions/0", spec("m", 0), "status"),
        ("GET", "/v1/models/m/versions/0000000000000000000000000000000099", spec("m", 99), "status"),
        ("GET", "/v1/models/m/versions/9223372036854775807", spec("m", 2**63 - 1), "status"),
        ("GET", "/v1/models/m/labels/latest", spec("m", label="latest"), "status"),
        ("GET", f"/v1/models/m/labels/l{ESCAPED}", spec("m", label=f"l{PLAIN}"), "status"),
        ("GET", "/v1/models/m/labels/latest/metadata", spec("m", label="latest"), "metadata"),
        ("GET", f"/v1/models/m{ESCAPED}/labels/l{ESCAPED}/metadata", spec(f"m{PLAIN}", label=f"l{PLAIN}"), "metadata"),
        ("GET", "/v1/models/m/versions/7/metadata", spec("m", 7), "metadata"),
        ("GET", "/v1/models/m/metadata", spec("m"), "metadata"),
        ("GET", "/v1/models/m/METADATA", spec("m"), "status"),
        ("GET", "/v1/models/metadata", spec("metadata"), "status"),
        ("GET", "/v1/models/m?x=1", spec("m?x=1"), "status"),
        ("GET", "/V1/Models/m/Versions/3", spec("m", 3), "status"),
        ("GET", "/v1/models", spec(""), "status"),
        ("GET", "/v1/models/versions/3", spec("", 3), "status"),
        ("GET", "/v1/models/m+n%2bo%C3%A9", spec("m+n+oé"), "status"),
        ("POST", f"/v1/models/m{ESCAPED}:predict", spec(f"m{PLAIN}"), "predict"),
        ("POST", "/v1/models/m:classify", spec("m"), "classify"),
        ("POST", "/v1/models/m:regress", spec("m"), "regress"),
        ("POST", "/v1/models/m/versions/99:predict", spec("m", 99), "predict"),
        ("POST", "/v1/models/m/labels/latest:predict", spec("m", label="latest"), "predict"),
        ("POST", f"/v1/models/m{ESCAPED}/labels/l{ESCAPED}:predict", spec(f"m{PLAIN}", label=f"l{PLAIN}"), "predict"),
        ("POST", "/V1/MODELS/m/LABELS/L:predict", spec("m", label="L"), "predict"),
    ],
)
def test_routes(method: str, path: str, spec: ModelSpec, action: str) -> None:
    found = route(method, path.encode())
    assert (found.spec, found.action, found.error) == (spec, action, None)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/foo"), ("GET", "/v1/"), ("GET", "/v1/models/"), ("GET", "/v1/models/m/"), ("GET", "/v1/models/m:predict"),
        ("GET", "/v1/models/debug/m"), ("GET", "/v1/models/m/versions/"), ("GET", "/v1/models/m/versions/x"),
        ("GET", "/v1/models/m/versions/-1"), ("GET", "/v1/models/m/versions/1/labels/a"), ("GET", "/v1/models/m/metadata/"),
        ("GET", "/v1/models/m/version/50:predict"), ("POST", "/v1/foo"), ("POST", "/v1/models"), ("POST", "/v1/models/m"),
        ("POST", "/v1/models/m/metadata"), ("POST", "/v1/models/m/version/50:regress"), ("POST", "/v1/models/:predict"),
        ("POST", "/v1/models/m/versions/HELLO:regress"), ("POST", "/v1/models/m/label/a:regress"),
        ("POST", "/v1/models/m/versions/50/labels/a:regress"), ("POST", "/v1/models/m:predict?x=1"),
        ("POST", "/v1/models/m:PREDICT"), ("POST", "/v1/models/m:explain"), ("POST", "/v1/models/m:predict/"),
        ("PUT", "/v1/models/m:predict"), ("DELETE", "/v1/models/m"), ("PATCH", "/v1/models/m"), ("HEAD", "/v1/models/m"),
    ],
)  # fmt: skip
def test_malformed_requests(method: str, path: str) -> None:
    error = route(method, path.encode()).error
    assert error and (error.code.name, error.message) == ("INVALID_ARGUMENT", f"Malformed request: {method} {path}")


@pytest.mark.parametrize("number", ["9223372036854775808", "18446744073709551615", "0" * 30 + "9" * 400])
@pytest.mark.parametrize(("method", "verb"), [("POST", ":predict"), ("GET", ""), ("GET", "/metadata")])
def test_a_version_beyond_int64(number: str, method: str, verb: str) -> None:
    found = route(method, f"/v1/models/m/versions/{number}{verb}".encode())
    assert found.spec == ModelSpec(name="m")
    assert found.error and found.error.message == f"Failed to convert version: {number} to numeric."


@pytest.mark.parametrize(
    ("uri", "path", "suffix"),
    [
        ("/", "/", ""), ("/path/", "/path/", ""), ("/path?query=value", "/path", "?query=value"),
        ("/path#fragment", "/path", "#fragment"), ("/path?a=b#c", "/path", "?a=b#c"), ("/path?a=b%20c?", "/path", "?a=b%20c?"),
        ("/path?", "/path", "?"), ("*", "*", ""), ("http://host:80/v1/models?x", "/v1/models", "?x"),
        ("//host/v1/models", "/v1/models", ""), ("/v1/models/m:predict", "/v1/models/m:predict", ""),
    ],
)  # fmt: skip
def test_targets(uri: str, path: str, suffix: str) -> None:
    found = target(uri.encode())
    assert found == Target(path.encode(), suffix.encode())
    assert found.full == (path + suffix).encode()


@pytest.mark.parametrize(
    "uri", ["/a b", '/"', "/[x]", "/%", "/%1", "/%zz", "/é", "/a|b", "/a\\b", "/a?[", "/a#b#c", "/<"]
)
def test_what_is_no_uri(uri: str) -> None:
    assert target(uri.encode()) is None


def test_what_belongs_to_the_api() -> None:
    assert is_api(b"/v1/") and is_api(b"/V1/x") and is_api(b"/v1/models")
    assert (
        not is_api(b"/v1") and not is_api(b"/v2/models") and not is_api(b"/statuspage") and not is_api(b"/x/v1/models")
    )
