"""What is refused before anything is sent."""

import contextlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import InputError
from serving.load_test import address
from serving.load_test.address import Address
from serving.load_test.settings import Options


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8080", Address("http", "127.0.0.1", 8080)),
        ("http://localhost/", Address("http", "localhost", 8080)),
        ("https://models.example/api/", Address("https", "models.example", 443, "/api")),
        ("grpc://[::1]:9000", Address("grpc", "::1", 9000)),
        ("grpc://localhost", Address("grpc", "localhost", 8500)),
    ],
)
def test_an_address_is_read(url: str, expected: Address) -> None:
    assert address.parse(url) == expected
    assert address.parse(str(expected)) == expected


@pytest.mark.parametrize(
    "url",
    ["", "localhost:8080", "ftp://localhost", "http://", "http://localhost:99999", "http://localhost:0", "http://a:b@localhost",
     "grpc://localhost/models", "http://localhost?x=1", "http://[::1"],
)  # fmt: skip
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(InputError, match=r"--url: received .*gateway") as caught:
        address.parse(url)
    assert "\n" not in str(caught.value)


@given(st.text())
def test_any_text_is_an_address_or_an_input_error(text: str) -> None:
    with contextlib.suppress(InputError):
        assert address.parse(text).port > 0


@pytest.mark.parametrize("url", ["http://127.0.0.1", "http://localhost", "grpc://127.9.9.9", "http://[::1]"])
def test_this_machine_is_allowed(url: str) -> None:
    address.check_loopback(address.parse(url))


@pytest.mark.parametrize("host", ["192.0.2.1", "0.0.0.0", "[2001:db8::1]"])
def test_another_machine_needs_the_option(host: str) -> None:
    with pytest.raises(InputError, match="--allow-remote"):
        Options(url=f"http://{host}:8080").check()
    assert Options(url=f"http://{host}:8080", allow_remote=True).check().port == 8080


def test_an_unresolvable_host_is_named() -> None:
    with pytest.raises(InputError, match=r"the host 'no-such-host.invalid' is not known"):
        Options(url="http://no-such-host.invalid").check()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rate": 0.0}, "--rate: received 0;"),
        ({"rate": float("nan")}, "--rate: received nan;"),
        ({"rate": 1e9}, "--rate: "),
        ({"duration": 61.0}, "--duration: received 61;.*at most 60"),
        ({"duration": -1.0}, "--duration"),
        ({"timeout": 0.0}, "--timeout"),
        ({"p99": 0.0}, "--p99"),
        ({"rate": 10_000.0, "duration": 30.0}, "300,000 requests.*--max-requests"),
        ({"url": "grpc://localhost", "api_key": "secret"}, "--api-key"),
        ({"api_key": "secret\r\nHost: elsewhere"}, "--api-key"),
    ],
)
def test_options_that_cannot_be_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        Options(**changes).check()
    assert "secret" not in str(caught.value)


def test_a_report_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--out: .* is already there"):
        Options(out=tmp_path).check()
    assert Options(out=tmp_path / "new").check()
