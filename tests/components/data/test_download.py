import errno
import hashlib
import http.server
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.data.sources import download as module
from components.data.sources.download import download
from schemas import events
from schemas.errors import InputError

CONTENT = b"a,b\n" + b"".join(b"%d,2\n" % row for row in range(400_000))  # several megabytes, no two parts alike
SHA256 = hashlib.sha256(CONTENT).hexdigest()
OTHER = CONTENT.replace(b",2", b",3")


class Site(http.server.ThreadingHTTPServer):
    """A web server with one file, ships.csv, that a test can make behave badly.

    Attributes:
      content: what the file holds now.
      etag, modified: the validators that it gives, None for none.
      ranges: whether it knows Range.
      careless: whether it answers a Range although If-Range says that the file has changed.
      breaks: after how many bytes of the body each of the next answers breaks off.
      statuses: the statuses of the next answers, before it answers well.
      pause: seconds between the pieces of a body.
      asked: the Range header of every request.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = CONTENT
        self.etag: str | None = '"1"'
        self.modified: str | None = None
        self.ranges = True
        self.careless = False
        self.breaks: list[int] = []
        self.statuses: list[int] = []
        self.pause = 0.0
        self.asked: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/ships.csv"

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is part of the tests."""


class Handler(http.server.BaseHTTPRequestHandler):
    server: Site

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        site = self.server
        site.asked.append(self.headers["Range"])
        if site.statuses or self.path != "/ships.csv":
            self.send_error(site.statuses.pop(0) if site.statuses else 404)
            return
        begin = self._begin()
        if begin >= len(site.content):
            self.send_error(416)
            return
        self.send_response(206 if begin else 200)
        if begin:
            self.send_header("Content-Range", f"bytes {begin}-{len(site.content) - 1}/{len(site.content)}")
        for name, value in (("ETag", site.etag), ("Last-Modified", site.modified)):
            if value:
                self.send_header(name, value)
        body = site.content[begin:]
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        body = body[: site.breaks.pop(0)] if site.breaks else body
        for at in range(0, len(body), 1 << 16):
            self.wfile.write(body[at : at + (1 << 16)])
            time.sleep(site.pause)

    def _begin(self) -> int:
        site, asked = self.server, self.headers["Range"]
        same = self.headers["If-Range"] in (None, site.etag, site.modified)
        return int(asked[6:-1]) if asked and site.ranges and (same or site.careless) else 0


@pytest.fixture
def site() -> Iterator[Site]:
    server = Site()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def no_proxy_and_no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(module, "_PAUSES", (0, 0, 0))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "ships" / "ships.csv"


@pytest.fixture
def part(path: Path) -> Path:
    return path.with_name(".ships.csv.part")


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


def test_a_good_download_is_the_file_and_nothing_else(site: Site, path: Path, tmp_path: Path) -> None:
    download(site.url, SHA256, path, "ships")
    assert path.read_bytes() == CONTENT
    assert files(tmp_path) == ["ships.csv"]


def test_a_wrong_checksum_leaves_nothing_behind(site: Site, path: Path, tmp_path: Path) -> None:
    message = refusal(site.url, path, "0" * 64)
    assert message.startswith(f"{site.url} gave a file with sha256 {SHA256}, not {'0' * 64}, so it was thrown away; ")
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


def test_a_page_that_is_not_there_is_named(site: Site, path: Path, tmp_path: Path) -> None:
    message = refusal(f"{site.url}.gz", path)
    assert f"{site.url}.gz could not be downloaded (HTTP 404 Not Found);" in message
    assert len(site.asked) == 1
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


def test_folders_and_files_that_were_there_are_left(site: Site, path: Path, tmp_path: Path) -> None:
    path.parent.mkdir(parents=True)
    refusal(f"{site.url}.gz", path)
    assert path.parent.is_dir()
    path.parent.rmdir()
    (path.parent.parent / "notes").touch()
    refusal(f"{site.url}.gz", path)
    assert [found.name for found in path.parent.parent.iterdir()] == ["notes"]


def test_a_data_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    path = tmp_path / "data" / "ships" / "ships.csv"
    assert str(path) in refusal("http://127.0.0.1:1/ships.csv", path)


def break_off(site: Site, path: Path, *bytes_each: int) -> str:
    """Downloads from a server that breaks off, and then refuses, so that the first part is left."""
    site.breaks, site.statuses = list(bytes_each), []
    for _ in range(4 - len(bytes_each)):
        site.breaks.append(0)
    message = refusal(site.url, path)
    site.breaks, site.asked = [], []
    return message


def test_the_next_download_goes_on_where_an_interrupted_one_ended(
    site: Site, path: Path, part: Path, tmp_path: Path
) -> None:
    message = break_off(site, path, 1_500_000)
    assert "; the 1.5 MB that came are kept, and the next run goes on from there; put ships.csv" in message
    assert part.read_bytes() == CONTENT[:1_500_000]
    download(site.url, SHA256, path, "ships")
    assert site.asked == ["bytes=1500000-"]
    assert path.read_bytes() == CONTENT
    assert files(tmp_path) == ["ships.csv"]


def test_a_date_will_do_where_there_is_no_strong_etag(site: Site, path: Path) -> None:
    site.etag, site.modified = 'W/"1"', "Fri, 20 Nov 2026 10:00:00 GMT"
    break_off(site, path, 1_500_000)
    download(site.url, SHA256, path, "ships")
    assert site.asked == ["bytes=1500000-"]
    assert path.read_bytes() == CONTENT


def test_a_part_of_an_unknown_version_is_not_kept(site: Site, path: Path, tmp_path: Path) -> None:
    site.etag = None
    assert "are kept" not in break_off(site, path, 1_500_000)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_breaks_off_is_asked_again_for_the_rest(site: Site, path: Path) -> None:
    site.breaks = [700_000, 700_000, 700_000]
    heard: list[events.Event] = []
    with events.listening(heard.append):
        download(site.url, SHA256, path, "ships")
    assert site.asked == [None, "bytes=700000-", "bytes=1400000-", "bytes=2100000-"]
    notes = [event.text for event in heard if isinstance(event, events.Note)]
    assert notes[0] == f"ships.csv: the connection ended after 700,000 of {len(CONTENT):,} bytes; trying again in 0 s"
    assert path.read_bytes() == CONTENT


def test_a_server_that_ignores_ranges_starts_again(site: Site, path: Path) -> None:
    site.ranges = False
    site.breaks = [700_000]
    download(site.url, SHA256, path, "ships")
    assert site.asked == [None, "bytes=700000-"]
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("careless", [False, True])
def test_a_file_that_changed_is_not_glued_to_the_old_part(site: Site, path: Path, careless: bool) -> None:
    break_off(site, path, 1_500_000)
    site.content, site.etag, site.careless = OTHER, '"2"', careless
    done: list[int] = []
    with events.listening(lambda event: done.append(event.done)):
        download(site.url, hashlib.sha256(OTHER).hexdigest(), path, "ships")
    assert path.read_bytes() == OTHER
    assert site.asked == (["bytes=1500000-", None] if careless else ["bytes=1500000-"])
    assert done[0] <= 1 << 16  # nothing was received behind the old part


def test_a_damaged_part_is_received_again(site: Site, path: Path, part: Path) -> None:
    break_off(site, path, 1_500_000)
    part.write_bytes(b"?" * 1_500_000)
    download(site.url, SHA256, path, "ships")
    assert site.asked == ["bytes=1500000-", None]
    assert path.read_bytes() == CONTENT


def test_a_part_of_another_address_is_not_used(site: Site, path: Path) -> None:
    break_off(site, path, 1_500_000)
    download(site.url.replace("127.0.0.1", "localhost"), SHA256, path, "ships")
    assert site.asked == [None]


def test_a_part_that_is_whole_needs_no_request(site: Site, path: Path, part: Path, tmp_path: Path) -> None:
    path.parent.mkdir(parents=True)
    part.write_bytes(CONTENT)
    download(site.url, SHA256, path, "ships")
    assert site.asked == []
    assert files(tmp_path) == ["ships.csv"]


def test_a_part_longer_than_the_file_is_received_again(site: Site, path: Path, part: Path) -> None:
    break_off(site, path, 1_500_000)
    part.write_bytes(CONTENT * 2)
    download(site.url, SHA256, path, "ships")
    assert site.asked == [f"bytes={2 * len(CONTENT)}-", None]
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("status", [500, 503, 429])
def test_an_error_that_may_pass_is_tried_again(site: Site, path: Path, status: int) -> None:
    site.statuses = [status, status]
    download(site.url, SHA256, path, "ships")
    assert path.read_bytes() == CONTENT


def test_the_tries_end(site: Site, path: Path, tmp_path: Path) -> None:
    site.statuses = [503] * 9
    assert "(HTTP 503 Service Unavailable);" in refusal(site.url, path)
    assert len(site.asked) == 4
    assert list(tmp_path.iterdir()) == []


def test_a_host_without_an_address_is_taken_for_no_network(path: Path) -> None:
    message = refusal("http://ships.invalid/ships.csv", path)
    assert "the host ships.invalid was not found: is there a network?" in message


def test_the_amounts_rise_to_the_whole(site: Site, path: Path) -> None:
    site.breaks = [700_000]
    heard: list[events.Event] = []
    with events.listening(heard.append):
        download(site.url, SHA256, path, "ships")
    amounts = [event for event in heard if isinstance(event, events.Bytes)]
    done = [amount.done for amount in amounts]
    assert {(amount.what, amount.total) for amount in amounts} == {("ships.csv", len(CONTENT))}
    assert done == sorted(done) and done[-1] == len(CONTENT)


def test_a_file_larger_than_the_disk_is_refused_before_it_is_received(
    site: Site, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = os.statvfs_result((4096, 4096, 0, 0, 100, 0, 0, 0, 0, 255))
    monkeypatch.setattr(os, "statvfs", lambda _: disk)
    size = len(CONTENT) / 1e6
    reason = f"the disk is full; free some space: {size:.1f} MB more are needed, and 0.4 MB are free"
    assert reason in refusal(site.url, path)


def test_a_disk_that_fills_up_is_named_and_what_came_is_kept(
    site: Site, path: Path, part: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(event: events.Event) -> None:
        if isinstance(event, events.Bytes) and event.done > 1_000_000:
            raise OSError(errno.ENOSPC, "No space left on device")

    with events.listening(full):
        message = refusal(site.url, path)
    assert (
        "the disk is full; free some space: No space left on device" in message and "MB that came are kept" in message
    )
    assert CONTENT.startswith(part.read_bytes())


PROCESS = """
import sys
from pathlib import Path
from components.data.sources.download import download
from schemas import events
with events.listening(lambda event: print("goes on" if isinstance(event, events.Bytes) else event, flush=True)):
    download(*sys.argv[1:3], Path(sys.argv[3]), "ships")
"""


def start(url: str, path: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PROCESS, url, SHA256, str(path)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("signal", [2, 9], ids=["interrupted", "killed"])
def test_a_process_that_is_stopped_leaves_a_part_to_go_on_from(site: Site, path: Path, part: Path, signal: int) -> None:
    site.pause = 0.02
    process = start(site.url, path)
    assert process.stdout is not None
    for _ in range(5):
        assert process.stdout.readline() == "goes on\n"
    process.send_signal(signal)
    out, _ = process.communicate(timeout=30)
    size = part.stat().st_size
    assert 5 << 16 <= size < len(CONTENT)
    if signal == 2:
        assert re.search(r"the download of ships\.csv was stopped; the \d+\.\d MB that came are kept", out)
    site.pause, site.asked = 0, []
    download(site.url, SHA256, path, "ships")
    assert site.asked == [f"bytes={size}-"]
    assert path.read_bytes() == CONTENT


def test_a_second_process_waits_and_uses_what_the_first_one_got(site: Site, path: Path, tmp_path: Path) -> None:
    site.pause = 0.01
    processes = [start(site.url, path) for _ in range(3)]
    for process in processes:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    assert site.asked == [None]
    assert path.read_bytes() == CONTENT
    assert files(tmp_path) == ["ships.csv"]
