"""Each attack is refused by a real server, and what the page itself does is taken."""

import http.client
import re
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import httpx
import pytest

from studio.server.attempts import Attempts
from tests.studio.conftest import Start
from tests.studio.process import OWN, ROOT, RunningStudio

TOKEN = "a-token-of-some-length"
DRAWING = {"name": "a drawing", "graph": {"nodes": [], "edges": []}}


def refused(answer: httpx.Response, status: int) -> str:
    """The line of a problem document."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert document["status"] == status
    assert "\n" not in document["detail"]
    return document["detail"]


def plain(studio: RunningStudio, **options: object) -> httpx.Client:
    """A client that sends nothing of its own."""
    return httpx.Client(base_url=studio.url, trust_env=False, timeout=60, **options)


def of_config(config: bytes) -> bytes:
    """A new drawing whose one layer has arguments as they stand."""
    return b'{"name": "x", "graph": {"nodes": [{"id": "a", "layer": "Dense", "name": "d", "config": ' + config + b"}]}}"


def test_the_page_itself_may_change_things(studio: RunningStudio) -> None:
    origin = {"origin": studio.url, "sec-fetch-site": "same-origin"}
    assert studio.http.post("/api/documents", json=DRAWING, headers=origin).status_code == 201
    # As a development server passes it on, or a proxy that speaks TLS.
    host = {"host": "localhost:5173", "origin": "https://localhost:5173"}
    assert studio.http.post("/api/documents", json=DRAWING, headers=host).status_code == 201


def test_a_change_from_another_site_is_refused(studio: RunningStudio) -> None:
    before = studio.http.get("/api/documents").json()
    with plain(studio) as browser:
        refused(browser.post("/api/documents", json=DRAWING, headers=OWN | {"origin": "https://evil.example"}), 403)
        refused(browser.post("/api/documents", json=DRAWING, headers=OWN | {"origin": "null"}), 403)
        # A form or fetch without CORS's permission cannot set the header.
        assert "x-slipway-studio" in refused(browser.post("/api/documents", json=DRAWING), 403)
        for method in ("PUT", "DELETE", "PATCH"):
            refused(browser.request(method, "/api/documents/0123456789abcdef"), 403)
    assert studio.http.get("/api/documents").json() == before


def test_no_site_is_given_cors_permission(studio: RunningStudio) -> None:
    asked = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    with plain(studio) as browser:
        answer = browser.options(
            "/api/documents", headers=asked | {"access-control-request-headers": "x-slipway-studio"}
        )
    assert answer.status_code >= 400
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_reads_nothing(studio: RunningStudio, site: str) -> None:
    with plain(studio) as browser:
        refused(browser.get("/api/documents", headers={"sec-fetch-site": site}), 403)
        # A link from elsewhere to the page itself is no harm.
        assert browser.get("/", headers={"sec-fetch-site": site}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8090", "127.0.0.1.evil.example", "0.0.0.0", "", "[::2]:80"]
)
def test_a_name_that_points_to_this_machine_is_refused(studio: RunningStudio, host: str) -> None:
    with plain(studio) as browser:
        assert "names of this machine" in refused(browser.get("/api/state", headers={"host": host}), 403)
        refused(browser.get("/", headers={"host": host}), 403)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8090", "127.0.0.1:1", "[::1]:8090", "127.1.2.3"])
def test_names_of_this_machine_are_answered(studio: RunningStudio, host: str) -> None:
    with plain(studio) as browser:
        assert browser.get("/api/state", headers={"host": host}).status_code == 200


def test_every_answer_has_the_policy(studio: RunningStudio) -> None:
    for path in ("/", "/api/state", "/api/nothing", "/api/documents/nothing", "/assets/index-abc123.js"):
        headers = studio.http.get(path).headers
        policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == "'self'"
        assert policy["frame-ancestors"] == "'self'"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize(
    "id", ["..", "%2e%2e", "..%2f..%2fstudio%2flock", "%00", "a" * 5000, "0123456789abcdef%2f..", "*"]
)
@pytest.mark.parametrize("what", ["documents", "jobs", "datasets"])
def test_an_id_is_no_path(studio: RunningStudio, what: str, id: str) -> None:
    (studio.home / "studio" / "documents").mkdir(exist_ok=True)
    target = httpx.URL(studio.url).copy_with(raw_path=f"/api/{what}/{id}".encode())
    answer = studio.http.send(httpx.Request("GET", target, headers=OWN))
    assert answer.status_code in (404, 405, 422) or "/.." in str(target)
    assert "root" not in answer.text


def test_a_body_that_is_too_large_is_refused_before_it_is_read(studio: RunningStudio) -> None:
    place = urlsplit(studio.url)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=60)
    connection.putrequest("POST", "/api/documents")
    for name, value in (OWN | {"content-type": "application/json", "content-length": str(10**12)}).items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 413
    assert b"32,000,000" in answer.read()


def test_a_body_without_a_length_is_refused_once_it_is_too_large(studio: RunningStudio) -> None:
    sent = 0

    def endless():
        nonlocal sent
        while sent < 200_000_000:
            sent += 1_000_000
            yield b" " * 1_000_000

    try:
        answer = studio.http.post("/api/documents", content=endless(), headers={"content-type": "application/json"})
        assert answer.status_code == 413
    except httpx.WriteError:  # closed while the client still sends
        pass
    assert sent < 200_000_000


def test_an_upload_has_a_limit_of_its_own(start: Start) -> None:
    studio = start(max_upload_mb=1)
    answer = studio.http.post("/api/graphs/import", files={"file": ("model.json", b" " * 1_500_000)})
    assert "1,000,000" in refused(answer, 413)


@pytest.mark.parametrize(
    "body",
    [
        of_config(b'{"a": ' + b"[" * 200 + b"]" * 200 + b"}"),
        b'{"name": "x", "graph": ' + b"[" * 100_000,
        b'{"name": "\\ud800", "graph": {}}',
        of_config(b'{"\\ud800": "\\udfff"}'),
        of_config(b'{"a": [NaN]}'),
        b'{"name": "x", "graph": {"nodes": [{"id": "a", "layer": "b", "name": "c", "position": {"x": Infinity}}]}}',
        b'{"name": "", "graph": {}}',
        b"\xff\xfe",
        b"",
        b"null",
    ],
    ids=[
        *("deep value", "deep brackets", "surrogate", "surrogate within", "no number", "no position"),
        *("no name", "no text", "empty", "null"),
    ],
)
def test_a_spoilt_body_is_the_clients_mistake(studio: RunningStudio, body: bytes) -> None:
    answer = studio.http.post("/api/documents", content=body, headers={"content-type": "application/json"})
    assert refused(answer, answer.status_code)
    assert answer.status_code in (400, 422)


def test_a_graph_within_graphs_without_end_is_refused(studio: RunningStudio) -> None:
    graph: dict[str, object] = {}
    for _ in range(240):
        graph = {"nodes": [{"id": "a", "layer": "Model", "name": "m", "graph": graph}]}
    answer = studio.http.post("/api/documents", json={"name": "x", "graph": graph})
    refused(answer, 422)


class TestToken:
    @pytest.fixture
    def studio(self, start: Start) -> RunningStudio:
        return start({"SLIPWAY_STUDIO_TOKEN": TOKEN}, host="0.0.0.0")

    def test_nothing_is_answered_without_it(self, studio: RunningStudio) -> None:
        for path in ("/", "/api/state", "/assets/index-abc123.js", "/api/openapi.json"):
            assert "slipway studio" in refused(studio.http.get(path), 401)

    def test_the_printed_address_opens_the_page_and_leaves_a_cookie(self, studio: RunningStudio) -> None:
        assert f"?token={TOKEN}" in studio.line
        first = studio.http.get("/draw/1", params={"token": TOKEN, "of": "page"})
        assert first.status_code == 303
        assert first.headers["location"] == "/draw/1?of=page"  # without the token, which a history would keep
        cookie = first.headers["set-cookie"]
        assert "HttpOnly" in cookie and "samesite=strict" in cookie.lower()
        assert studio.http.get("/api/state").status_code == 200  # httpx kept the cookie
        assert studio.http.post("/api/documents", json=DRAWING).status_code == 201
        refused(httpx.post(f"{studio.url}/api/documents", json=DRAWING, cookies=dict(studio.http.cookies)), 403)

    def test_the_redirect_stays_here(self, studio: RunningStudio) -> None:
        target = httpx.URL(studio.url).copy_with(raw_path=f"//evil.example/?token={TOKEN}".encode())
        assert studio.http.send(httpx.Request("GET", target)).headers["location"] == "/evil.example/"

    def test_a_program_sends_it_as_a_header(self, studio: RunningStudio) -> None:
        assert studio.http.get("/api/state", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200
        # With a token names other than this machine's are answered.
        named = {"authorization": f"Bearer {TOKEN}", "host": "studio.example"}
        assert studio.http.get("/api/state", headers=named).status_code == 200

    def test_wrong_ones_are_refused_and_many_of_them_for_a_while(self, studio: RunningStudio) -> None:
        for attempt in ("", "x", TOKEN[:-1], TOKEN + "x", "ä" * 20):
            refused(studio.http.get("/", params={"token": attempt}), 401)
        for _ in range(20):
            last = studio.http.get("/api/state", headers={"authorization": "Bearer wrong"})
        assert "wait" in refused(last, 429)
        assert 0 < int(last.headers["retry-after"]) <= 60
        # The right one, too: else nobody would be kept from guessing.
        refused(studio.http.get("/api/state", headers={"authorization": f"Bearer {TOKEN}"}), 429)


def test_beyond_this_machine_a_token_is_made(start: Start) -> None:
    studio = start(host="0.0.0.0")
    token = re.search(r"\?token=([\w-]{30,})$", studio.line.strip())
    assert token is not None
    refused(studio.http.get("/api/state"), 401)
    assert studio.http.get("/", params={"token": token[1]}, follow_redirects=True).status_code == 200


def test_an_address_that_waited_may_try_again() -> None:
    now = 0.0
    attempts = Attempts(lambda: now)
    for _ in range(20):
        assert attempts.wait("10.0.0.1") == 0
        attempts.add("10.0.0.1")
        now += 1
    assert attempts.wait("10.0.0.1") == 40
    assert attempts.wait("10.0.0.2") == 0
    now += 40
    assert attempts.wait("10.0.0.1") == 0


@pytest.mark.parametrize(
    ("variables", "settings", "said"),
    [
        ({"SLIPWAY_STUDIO_TOKEN": "short"}, {}, "at least 16"),
        ({"SLIPWAY_STUDIO_TOKEN": "with spaces in between"}, {}, "without spaces"),
        ({}, {"host": "203.0.113.1"}, "cannot listen on 203.0.113.1"),
        ({"SLIPWAY_HOME": "/proc/nothing"}, {}, "set SLIPWAY_HOME"),
    ],
)
def test_what_cannot_be_meant_is_one_line(start: Start, variables, settings, said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        start(variables, **settings)


def test_one_home_has_one_studio(start: Start) -> None:
    first = start()
    with pytest.raises(AssertionError, match=f"another studio.*{first.process.pid}"):
        start()
    assert first.end() == 0
    assert start().http.get("/api/state").status_code == 200


def test_a_port_that_is_taken_is_one_line_of_the_command(studio: RunningStudio, tmp_path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        program = (
            "from pathlib import Path; from schemas.home import Home; from studio.server import server;"
            f"from studio.settings import Settings; server.run(Home(Path({str(tmp_path)!r}), Path('.')),"
            f"Settings(port={taken.getsockname()[1]}), Path({str(studio.home.parent / 'page')!r}))"
        )
        done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert "choose another --port" in done.stderr
