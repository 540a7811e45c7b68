"""What goes wrong at a remote is one line that says what to do, without any secret. Real servers, where one can be had."""

import errno
import json
import os
import resource
import sys
import urllib.request
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from registry.remotes import address, connections, pulling
from registry.remotes.store import Store
from schemas.errors import InputError
from tests.registry import homes
from tests.registry.remotes import servers


def line(url: str, tmp_path: Path) -> str:
    """The error of a pull."""
    with pytest.raises(InputError) as caught:
        pulling.pull(connections.connect(address.parse(url)), homes.home_at(tmp_path / "home"), "titanic")
    text = str(caught.value)
    assert "\n" not in text and servers.PASSWORD not in text and not (tmp_path / "home").exists()
    return text


def write_line(url: str, content: bytes = b"content") -> str:
    """The error of a write."""
    with pytest.raises(InputError) as caught:
        connections.connect(address.parse(url)).write("titanic/1.2.0/part", content)
    assert servers.PASSWORD not in str(caught.value)
    return str(caught.value)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert line(str(tmp_path / "none"), tmp_path) == f"{tmp_path}/none: there is no such bucket or folder"


def test_a_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert write_line(str(tmp_path / "file")).startswith(f"{tmp_path}/file: ")


def test_a_disk_on_which_a_part_has_no_room(tmp_path: Path) -> None:
    """This process may write files of 1 MiB only, which the system reports as it does a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, before[1]))
    try:
        assert write_line(str(tmp_path), bytes(2 << 20)) == f"{tmp_path}: there is no space left"
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_bucket_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with servers.s3(monkeypatch):
        assert line("s3://none/models", tmp_path) == "s3://none/models: there is no such bucket or folder"
        assert write_line("s3://none/models") == "s3://none/models: there is no such bucket or folder"


def test_a_bucket_of_google_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with servers.gcs(monkeypatch):
        assert line("gs://none/models", tmp_path) == "gs://none/models: there is no such bucket or folder"
        assert write_line("gs://none/models") == "gs://none/models: there is no such bucket or folder"


def test_s3_without_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with servers.s3(monkeypatch) as url:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        monkeypatch.setenv("HOME", str(tmp_path))
        assert line(url, tmp_path) == f"{url}: there are no credentials; docs/remotes.md says how they are made"


def test_s3_with_keys_that_the_server_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with servers.s3(monkeypatch) as url:
        check_keys_after(0)
        try:
            text = line(url, tmp_path)
        finally:
            check_keys_after(float("inf"))
    assert text.startswith(f"{url}: access was refused: PermissionError")


def check_keys_after(requests: float) -> None:
    """moto checks keys, of which it knows none, after so many requests."""
    url = f"{os.environ['AWS_ENDPOINT_URL']}/moto-api/reset-auth"
    request = urllib.request.Request(url, str(requests).encode(), {"Content-Type": "text/plain"})
    urllib.request.urlopen(request).close()


@pytest.mark.parametrize("url", ["s3://models", "webdav://127.0.0.1:{port}/dav", "sftp://127.0.0.1:{port}/srv"])
def test_a_port_on_which_nothing_listens(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = servers.free_port()
    for name, value in (("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b"), ("AWS_MAX_ATTEMPTS", "1")):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    text = line(url.format(port=port), tmp_path)
    assert text.endswith((": no server answers at this host and port", ": there is no connection to the server"))


@pytest.mark.parametrize("url", ["webdavs://nowhere.invalid/dav", "sftp://nowhere.invalid/srv"])
def test_a_host_that_is_not_there(url: str, tmp_path: Path) -> None:
    assert line(url, tmp_path) == f"{url}: the host was not found: is there a network?"


def test_a_host_whose_key_is_unknown_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "server").mkdir()
    with servers.sftp(monkeypatch, tmp_path / "server") as url:
        known = tmp_path / "server" / "home" / ".ssh" / "known_hosts"
        kept = known.read_text()
        for text in ("", kept[: kept.index("AAAA")] + (tmp_path / "server/authorized_keys").read_text().split()[1]):
            known.write_text(text)
            assert line(url, tmp_path).endswith("connect once with ssh, and compare its fingerprint")
        known.unlink()
        assert line(url, tmp_path).endswith("connect once with ssh, and compare its fingerprint")


def test_a_key_that_the_host_does_not_know_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "server").mkdir()
    with servers.sftp(monkeypatch, tmp_path / "server") as url:
        (tmp_path / "server" / "authorized_keys").write_text("")
        assert line(url, tmp_path).startswith(f"{url}: access was refused: ")


def test_a_wrong_password_is_refused_and_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "server").mkdir()
    monkeypatch.delenv("SLIPWAY_REMOTE_PASSWORD", raising=False)
    with servers.webdav(tmp_path / "server") as url:
        wrong = url.replace("slipway@", "slipway:wr0ng@")
        text = line(wrong, tmp_path)
        assert (
            text.startswith(url.replace("slipway@", "slipway:***@") + ": access was refused: ") and "wr0ng" not in text
        )
        missing = (
            url.replace("slipway@", f"slipway:{servers.PASSWORD.replace(' ', '%20').replace('/', '%2F')}@") + "/none"
        )
        assert line(missing, tmp_path).endswith(": there is no such bucket or folder")
        assert write_line(missing).endswith(": there is no such bucket or folder")


def test_a_password_of_the_url_is_taken(tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    password = servers.PASSWORD.replace(" ", "%20").replace("/", "%2F")
    with servers.webdav(tmp_path / "server") as url:
        store = connections.connect(address.parse(url.replace("slipway@", f"slipway:{password}@")))
        store.publish("titanic/1.2.0.json", b"content")
        assert (tmp_path / "server" / "team" / "titanic" / "1.2.0.json").read_bytes() == b"content"


@pytest.fixture
def drive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    (tmp_path / "server").mkdir()
    with servers.drive(monkeypatch, tmp_path / "server") as server:
        yield server


def test_a_service_account_that_google_does_not_know_is_refused(drive: Any, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa

    from tests.registry.remotes import drive_server

    stranger = drive_server._pem(rsa.generate_private_key(public_exponent=65537, key_size=2048)).decode()
    (tmp_path / "server" / "key.json").write_text(json.dumps(drive.key | {"private_key": stranger}))
    text = line("gdrive://root/models", tmp_path)
    assert text == "gdrive://root/models: the credentials were refused"


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"type": "service_account"}', '{"installed": {}}', '"secret"'])
def test_a_file_that_is_no_credentials_is_named_without_its_content(drive: Any, tmp_path: Path, content: str) -> None:
    (tmp_path / "server" / "key.json").write_text(content)
    text = line("gdrive://root/models", tmp_path)
    assert text.startswith(
        f"SLIPWAY_DRIVE_CREDENTIALS: {tmp_path}/server/key.json is neither the key of a service account"
    )


@pytest.mark.parametrize(
    ("consent", "ends"), [("1//consent", "it is empty"), ("1//revoked", "the credentials were refused")]
)
def test_a_person_s_consent_is_used_until_it_is_revoked(drive: Any, tmp_path: Path, consent: str, ends: str) -> None:
    """What PyDrive2 keeps after a login in a browser, an hour later: the access token is no longer valid."""
    from oauth2client.client import OAuth2Credentials

    from tests.registry.remotes.drive_server import CLIENT

    key = tmp_path / "server" / "key.json"
    key.write_text(json.dumps({"installed": CLIENT | {"redirect_uris": ["http://localhost"]}}))
    client, secret, where = CLIENT["client_id"], CLIENT["client_secret"], CLIENT["token_uri"]
    assert "nobody has agreed yet to the use of" in line("gdrive://root", tmp_path)
    kept = OAuth2Credentials("old", client, secret, consent, datetime(2026, 1, 1), where, "Slipway")
    key.with_name(".key.consent.json").write_text(kept.to_json())
    assert line("gdrive://root", tmp_path).endswith(ends)


def test_drive_without_credentials(drive: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLIPWAY_DRIVE_CREDENTIALS", str(tmp_path / "none.json"))
    assert line("gdrive://root/models", tmp_path).endswith("none.json cannot be read: No such file or directory")
    monkeypatch.delenv("SLIPWAY_DRIVE_CREDENTIALS")
    assert line("gdrive://root/models", tmp_path).startswith("gdrive: SLIPWAY_DRIVE_CREDENTIALS is not set")


def test_a_drive_that_is_full(drive: Any) -> None:
    drive.quota = 3
    assert write_line("gdrive://root/models") == "gdrive://root/models: there is no space left"


def test_a_folder_of_drive_that_is_not_shared_with_the_account(drive: Any, tmp_path: Path) -> None:
    assert "gdrive://0Unknown/models: " in line("gdrive://0Unknown/models", tmp_path)


def test_two_files_of_one_name_on_drive_become_one(drive: Any) -> None:
    store = connections.connect(address.parse("gdrive://root/models"))
    store.write("titanic/1.2.0.json", b"first")
    (first,) = drive.named("1.2.0.json")
    twin = type(first)(first.title, first.parent, first.mime, content=b"twin")
    drive.files[twin.id] = twin
    store.publish("titanic/1.2.0.json", b"second")
    assert [file.content for file in drive.named("1.2.0.json")] == [b"second"]
    assert store.read("titanic/1.2.0.json", 100) == b"second"


@pytest.mark.parametrize(
    ("url", "module", "extra"),
    [("s3://b", "s3fs", "remotes"), ("sftp://h/p", "sshfs", "remotes"), ("gdrive://root", "pydrive2", "drive")],
)
def test_a_library_that_is_missing_is_named_with_its_extra(
    url: str, module: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == module]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InputError, match=rf"^{url}: this remote needs {module}.*; .*pip install 'slipway\[{extra}\]'$"):
        connections.connect(address.parse(url))


def test_a_library_that_repeats_the_password_is_not_repeated() -> None:
    class Talkative:
        def ls(self, *_: object, **__: object) -> None:
            raise OSError("cannot log in as ann with s3cret")

    with pytest.raises(InputError) as caught:
        Store(address.parse("webdavs://ann:s3cret@host/dav"), Talkative(), "").sizes("titanic")
    assert str(caught.value) == "webdavs://ann:***@host/dav: OSError: cannot log in as ann with ***"


def test_a_mistake_of_ours_stays_one(tmp_path: Path) -> None:
    class Broken:
        def ls(self, *_: object, **__: object) -> None:
            raise KeyError("a bug")

    with pytest.raises(KeyError):
        Store(address.parse(str(tmp_path)), Broken(), "/").sizes("titanic")


@pytest.mark.parametrize(
    "make", [lambda: OSError(errno.EDQUOT, "Disk quota exceeded"), lambda: TimeoutError("timed out")]
)
def test_a_cause_is_found_behind_other_errors(make: Callable[[], Exception], tmp_path: Path) -> None:
    class Failing:
        def ls(self, *_: object, **__: object) -> None:
            try:
                raise make()
            except OSError as error:
                raise OSError("the library's own") from error

    with pytest.raises(InputError, match=r"there is no space left|the server does not answer"):
        Store(address.parse(str(tmp_path)), Failing(), "/").sizes("titanic")
