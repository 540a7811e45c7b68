import hashlib
import http.server
import socket
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from components.sources.download import download
from schemas.errors import InputError

CONTENT = b"a,b\n" + b"1,2\n" * 700_000  # more than one chunk
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a web server that has ships.csv."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "ships.csv").write_bytes(CONTENT)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "ships" / "ships.csv"


def files(folder: Path) -> list[str]:
    return [found.name for found in folder.rglob("*") if found.is_file()]


def answering(answer: bytes) -> str:
    """The address of a server that gives this answer once and hangs up."""
    server = socket.create_server(("127.0.0.1", 0))

    def answer_once() -> None:
        with server, server.accept()[0] as connection:
            connection.recv(65536)
            connection.sendall(answer)

    threading.Thread(target=answer_once, daemon=True).start()
    return f"http://127.0.0.1:{server.getsockname()[1]}/ships.csv"


def refusal(url: str | None, path: Path, sha256: str = SHA256) -> str:
    with pytest.raises(InputError) as caught:
        download(url, sha256, path, "ships")
    message = str(caught.value)
    assert message.endswith(
        f"; put ships.csv into {path.parent}, or set SLIPWAY_DATA to the folder that holds ships/ships.csv"
    )
    return message


def test_a_good_download_is_the_file_and_nothing_else(site: str, path: Path, tmp_path: Path) -> None:
    download(f"{site}/ships.csv", SHA256, path, "ships")
    assert path.read_bytes() == CONTENT
    assert files(tmp_path) == ["ships.csv"]


def test_a_wrong_checksum_leaves_nothing_behind(site: str, path: Path, tmp_path: Path) -> None:
    message = refusal(f"{site}/ships.csv", path, "0" * 64)
    assert message.startswith(f"{site}/ships.csv gave a file with sha256 {SHA256}, not {'0' * 64}; ")
    assert list(tmp_path.iterdir()) == []


def test_a_file_without_an_address_must_be_there(path: Path, tmp_path: Path) -> None:
    assert refusal(None, path).startswith(f"{path} is missing; ")
    assert list(tmp_path.iterdir()) == []


def test_a_refused_connection_is_named(path: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/ships.csv"
    message = refusal(url, path)
    assert message.startswith(f"{path} is missing, and {url} could not be downloaded (")
    assert "refused" in message
    assert list(tmp_path.iterdir()) == []


def test_a_page_that_is_not_there_is_named(site: str, path: Path, tmp_path: Path) -> None:
    message = refusal(f"{site}/boats.csv", path)
    assert f"{site}/boats.csv could not be downloaded (File not found)" in message
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\na,b\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\na,b\n",
        b"what?\r\n\r\n",
    ],
    ids=["nothing", "half a body", "half a chunk", "no HTTP"],
)
def test_a_server_that_breaks_off_leaves_nothing_behind(path: Path, tmp_path: Path, answer: bytes) -> None:
    assert "\n" not in refusal(answering(answer), path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "url", ["ships.csv", "http://[::1/ships.csv", "http://127.0.0.1:port/ships.csv", "http://é/ é"]
)
def test_an_address_that_is_none_is_refused(path: Path, url: str) -> None:
    assert f"{url} could not be downloaded" in refusal(url, path)


def test_folders_and_files_that_were_there_are_left(site: str, path: Path, tmp_path: Path) -> None:
    path.parent.mkdir(parents=True)
    refusal(f"{site}/boats.csv", path)
    assert path.parent.is_dir()
    path.parent.rmdir()
    (path.parent.parent / "notes").touch()
    refusal(f"{site}/boats.csv", path)
    assert [found.name for found in path.parent.parent.iterdir()] == ["notes"]


def test_a_data_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    path = tmp_path / "data" / "ships" / "ships.csv"
    assert str(path) in refusal("http://127.0.0.1:1/ships.csv", path)


def test_what_a_killed_download_left_is_written_over(site: str, path: Path, tmp_path: Path) -> None:
    path.parent.mkdir(parents=True)
    (path.parent / ".ships.csv.part").write_bytes(CONTENT * 2)
    download(f"{site}/ships.csv", SHA256, path, "ships")
    assert path.read_bytes() == CONTENT
    assert files(tmp_path) == ["ships.csv"]
