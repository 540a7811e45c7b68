"""Transfers that are stopped in the middle of a part, and several at the same time."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from registry import exclusive
from registry.remotes import address, connections, index, pulling, pushing
from schemas import events
from schemas.errors import InputError
from schemas.exit_codes import ExitCode
from schemas.home import Home
from tests.registry import homes
from tests.registry.remotes import servers

REPOSITORY = Path(__file__).parents[3]
PARTS = 3
MakeCard = Callable[..., Any]


class Stalling:
    """A WSGI application before another one: a request for a part stops in its middle, until ``goes_on``.

    Attributes:
      stalls: counts such requests; the one of this number stops.
      stopped: set when it has.
    """

    def __init__(self, application: Any) -> None:
        self.application = application
        self.method, self.stalls = "", 0
        self.stopped, self.goes_on = threading.Event(), threading.Event()
        self.seen: list[tuple[str, str]] = []

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        self.seen.append((method, path))
        stalls = method == self.method and f"/0000{self.stalls}-" in path
        if stalls and method == "PUT":
            environ["wsgi.input"] = HalfBody(environ["wsgi.input"], self)
        answer = self.application(environ, start)
        return self.half(answer) if stalls and method == "GET" else answer

    def half(self, answer: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in answer:
            yield chunk[: len(chunk) // 2]
            self.stopped.set()
            self.goes_on.wait(60)
            return

    def parts(self, method: str) -> int:
        """How many parts were asked for or sent."""
        return sum(one == method and "/0000" in path for one, path in self.seen)


class HalfBody:
    """The body of a PUT, of which some bytes come and then no more: its client was killed."""

    def __init__(self, body: Any, stalling: Stalling) -> None:
        self._body, self._stalling, self._given = body, stalling, 0

    def read(self, size: int = -1) -> bytes:
        if self._given:
            self._stalling.stopped.set()
            self._stalling.goes_on.wait(60)
            return b""
        self._given = 1
        content: bytes = self._body.read(min(size, 5000) if size > 0 else 5000)
        return content


@pytest.fixture
def home(tmp_path: Path, make_card: MakeCard) -> Home:
    made = homes.home_at(tmp_path / "home")
    size = (PARTS - 1) * index.PART_SIZE + 1000
    homes.add_version(
        made, make_card(version="1.2.0", serving_version=1700000000), {"saved_model.pb": os.urandom(size)}
    )
    return made


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Stalling]]:
    """The URL of a WebDAV server, and what stands before it."""
    monkeypatch.setenv("SLIPWAY_REMOTE_PASSWORD", servers.PASSWORD)
    made: list[Stalling] = []

    def wrap(application: Any) -> Stalling:
        made.append(Stalling(application))
        return made[0]

    (tmp_path / "server").mkdir()
    with servers.webdav(tmp_path / "server", wrap) as url:
        yield url, made[0]
        made[0].goes_on.set()


def start(home: Home, *arguments: str) -> subprocess.Popen[str]:
    environment = os.environ | {"SLIPWAY_HOME": str(home.root)}
    command = [sys.executable, str(REPOSITORY / "slipway.py"), *arguments]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_ctrl_c_in_the_middle_of_a_pull(home: Home, server: tuple[str, Stalling], tmp_path: Path) -> None:
    url, stalling = server
    store = connections.connect(address.parse(url))
    pushed = pushing.push(homes.archive_of(home, card(home)), store)
    stalling.method, stalling.stalls = "GET", 1
    other = homes.home_at(tmp_path / "other")
    process = start(other, "pull", "titanic", url)
    assert stalling.stopped.wait(60)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == ExitCode.INTERRUPTED and out == ""
    assert "slipway: stopped; nothing was changed; the parts that arrived are kept" in err and "Traceback" not in err
    assert not any(path.startswith("models/") or path.endswith(".json") for path in homes.state(other))
    stalling.method = ""
    stalling.goes_on.set()
    asked = stalling.parts("GET")
    pulled = pulling.pull(store, other, "titanic")
    assert pulled.received == pushed.bytes - index.PART_SIZE
    assert stalling.parts("GET") == asked + PARTS - 1
    assert homes.state(other) == homes.state(home)


def test_a_push_that_is_killed_in_the_middle_of_a_part(
    home: Home, server: tuple[str, Stalling], tmp_path: Path
) -> None:
    url, stalling = server
    stalling.method, stalling.stalls = "PUT", 1
    process = start(home, "push", "titanic", url)
    assert stalling.stopped.wait(60)
    process.kill()
    process.wait()
    stalling.method = ""
    stalling.goes_on.set()
    on_disk = tmp_path / "server" / "team" / "titanic"
    assert not (on_disk / "1.2.0.json").exists() and any((on_disk / "1.2.0").iterdir())
    store = connections.connect(address.parse(url))
    pushed = pushing.push(homes.archive_of(home, card(home)), store)
    assert pushed.sent == pushed.bytes - index.PART_SIZE
    other = homes.home_at(tmp_path / "other")
    pulling.pull(store, other, "titanic")
    assert homes.state(other) == homes.state(home)


def test_a_pull_that_is_killed_while_it_unpacks(home: Home, tmp_path: Path) -> None:
    remote, other = str(tmp_path / "remote"), homes.home_at(tmp_path / "other")
    store = connections.connect(address.parse(remote))
    pushing.push(homes.archive_of(home, card(home)), store)
    kill = "import os, signal; from registry import installing; "
    kill += "installing.install = lambda *_: os.kill(os.getpid(), signal.SIGKILL); from slipway import main; main()"
    environment = os.environ | {"SLIPWAY_HOME": str(other.root), "PYTHONPATH": str(REPOSITORY)}
    killed = subprocess.run(
        [sys.executable, "-c", kill, "pull", "titanic", remote], env=environment, capture_output=True
    )
    assert killed.returncode == -signal.SIGKILL
    assert not list(
        other.models("titanic").glob("[0-9]*")
    )  # nothing that a server or `predict` would take for a version
    pulled = pulling.pull(store, other, "titanic")
    assert pulled.received == 0 and homes.state(other) == homes.state(home)


def test_pulls_at_the_same_time_receive_a_version_once(home: Home, tmp_path: Path) -> None:
    remote, other = str(tmp_path / "remote"), homes.home_at(tmp_path / "other")
    pushing.push(homes.archive_of(home, card(home)), connections.connect(address.parse(remote)))

    def pull(_: int) -> pulling.Pulled:
        return pulling.pull(connections.connect(address.parse(remote)), other, "titanic")

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(pull, range(4)))
    assert sorted(one.already_here for one in found) == [False, True, True, True]
    assert homes.state(other) == homes.state(home)


def test_pushes_at_the_same_time_leave_one_whole_version(home: Home, tmp_path: Path) -> None:
    remote, other = str(tmp_path / "remote"), homes.home_at(tmp_path / "other")
    archive = homes.archive_of(home, card(home))

    def push(_: int) -> pushing.Pushed:
        return pushing.push(archive, connections.connect(address.parse(remote)))

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(push, range(4)))
    assert len({one.sha256 for one in found}) == 1
    pulling.pull(connections.connect(address.parse(remote)), other, "titanic")
    assert homes.state(other) == homes.state(home)


def test_a_push_that_another_one_overtakes_says_so(home: Home, tmp_path: Path) -> None:
    """The other one has another model of the same version, and publishes a moment later."""
    store = connections.connect(address.parse(str(tmp_path / "remote")))
    publish = store.publish

    def overtaken(path: str, content: bytes) -> None:
        publish(path, content)
        publish(path, content.replace(b"1700000000", b"1800000000"))

    store.publish = overtaken  # type: ignore[method-assign]
    with pytest.raises(
        InputError, match=r"1\.2\.0\.json: another push replaced it at the same moment; run the command"
    ):
        pushing.push(homes.archive_of(home, card(home)), store)


def test_a_pull_waits_while_a_run_changes_the_versions(home: Home, tmp_path: Path) -> None:
    remote, other = str(tmp_path / "remote"), homes.home_at(tmp_path / "other")
    store = connections.connect(address.parse(remote))
    pushing.push(homes.archive_of(home, card(home)), store)
    waits, heard = threading.Event(), list[events.Event]()

    def hear(event: events.Event) -> None:
        heard.append(event)
        if isinstance(event, events.Waiting):
            waits.set()

    with events.listening(hear), ThreadPoolExecutor(1) as pool:
        with exclusive.changing(other.registry("titanic")):
            pull = pool.submit(pulling.pull, store, other, "titanic")
            assert waits.wait(60) and not pull.done()
            assert not list(other.models("titanic").glob("[0-9]*"))
        assert pull.result(60).version == "1.2.0"
    assert [event.on for event in heard if isinstance(event, events.Waiting)] == ["push"]


def card(home: Home) -> Any:
    (found,) = pulling.version_map.cards(home.models("titanic"))
    return found
