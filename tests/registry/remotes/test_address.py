"""The address of a remote, as it is typed."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.remotes import address, selection
from schemas.errors import InputError


@pytest.mark.parametrize(
    ("text", "protocol", "path", "shown"),
    [
        ("/srv/models", "file", "/srv/models", "/srv/models"),
        ("file:///srv/my%20models", "file", "/srv/my models", "/srv/my models"),
        ("s3://bucket/team/models/", "s3", "bucket/team/models", "s3://bucket/team/models"),
        ("gs://bucket", "gs", "bucket", "gs://bucket"),
        ("gcs://bucket/a", "gs", "bucket/a", "gs://bucket/a"),
        ("gdrive://root/team", "gdrive", "root/team", "gdrive://root/team"),
        ("sftp://ann@host/srv/models/", "sftp", "/srv/models", "sftp://ann@host/srv/models"),
        ("ssh://host:2222/~/models", "sftp", "/~/models", "sftp://host:2222/~/models"),
        ("webdavs://host/remote.php/dav/my%20models", "webdavs", "/remote.php/dav/my models", "webdavs://host/remote.php/dav/my%20models"),
        ("webdav://[::1]:8080/dav", "webdav", "/dav", "webdav://[::1]:8080/dav"),
    ],
)  # fmt: skip
def test_an_address_is_read(text: str, protocol: str, path: str, shown: str) -> None:
    found = address.parse(text)
    assert (found.protocol, found.path, found.shown) == (protocol, path, shown)


def test_a_folder_is_made_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/ann")
    assert address.parse("models").path == str(tmp_path / "models")
    assert address.parse("~/models").path == "/home/ann/models"


def test_user_and_password_are_decoded_and_the_password_is_never_shown() -> None:
    found = address.parse("webdavs://ann%40work:s3cret%2F@host:8443/dav")
    assert (found.user, found.password, found.host, found.port) == ("ann@work", "s3cret/", "host", 8443)
    assert found.shown == "webdavs://ann%40work:***@host:8443/dav"
    assert "s3cret" not in repr(found)


@pytest.mark.parametrize(
    "text",
    [
        "", "ftp://host/path", "http://host/path", "file://host/path", "s3://", "s3:///path", "gs://bucket/../other",
        "sftp://", "sftp:///path", "sftp://host/a/../b", "sftp://host:port/path", "webdav://host/a?b", "webdav://host/a b",
        "webdav://[::1/dav", "s3://key:s3cret@bucket/path",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_without_its_secrets(text: str) -> None:
    with pytest.raises(InputError) as caught:
        address.parse(text)
    assert str(caught.value).startswith("remote: ") and "s3cret" not in str(caught.value)


@given(st.text(), st.text())
def test_any_text_is_an_address_or_refused(scheme: str, rest: str) -> None:
    for text in (scheme, f"sftp://{rest}", f"webdavs://{rest}", f"s3://{rest}", f"{scheme}://{rest}"):
        with contextlib.suppress(InputError):
            address.parse(text)


@given(st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=12, max_size=12))
def test_no_message_has_the_password(password: str) -> None:
    for path in ("/ok", "/a/../b", "/a?b", "/a b"):
        try:
            shown = address.parse(f"webdavs://ann:{password}@host{path}").shown
        except InputError as error:
            shown = str(error)
        assert password not in shown


@pytest.mark.parametrize(("text", "expected"), [("titanic", ("titanic", None)), ("a-b.c@10.0.2", ("a-b.c", "10.0.2"))])
def test_name_and_version_are_read(text: str, expected: tuple[str, str | None]) -> None:
    assert selection.here(text) == selection.there(text) == expected


@pytest.mark.parametrize("text", ["", "@1.0.0", "..", "../x", ".hidden", "a/b", "a b", "é", "a\n"])
def test_a_name_that_leads_elsewhere_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"^NAME: received"):
        selection.here(text)


@pytest.mark.parametrize(
    "version", ["", "1", "1.0", "1.0.0.0", "v1.0.0", "1.0.x", "01.0.0", "1.0.0/..", "1.0.0\n", "١.٠.٠"]
)
def test_a_version_of_another_form_is_refused(version: str) -> None:
    with pytest.raises(InputError, match=r"^VERSION: received"):
        selection.there(f"titanic@{version}")
