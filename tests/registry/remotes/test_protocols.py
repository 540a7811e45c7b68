"""Push and pull over each protocol, against a real server."""

import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from registry.archives import packing
from registry.remotes import address, connections, index, pulling, pushing
from registry.remotes.store import Store
from schemas import events
from schemas.errors import InputError
from schemas.home import Home
from schemas.model_card import ModelCard
from tests.registry import homes

MakeCard = Callable[..., ModelCard]
PART = 1 << 16
LARGE = {"saved_model.pb": b"graph", "variables/variables.data": random.Random(0).randbytes(300_000)}


@pytest.fixture
def home(tmp_path: Path, make_card: MakeCard) -> Home:
    """A home with a version whose archive has five parts."""
    made = homes.home_at(tmp_path / "home")
    homes.add_version(made, make_card(version="1.2.0", serving_version=1700000000), LARGE)
    return made


@pytest.fixture
def store(remote: str) -> Store:
    return connections.connect(address.parse(remote))


def push(home: Home, store: Store, version: str = "1.2.0", **options: Any) -> pushing.Pushed:
    archive = packing.of_version(home.models("titanic"), home.registry("titanic"), "titanic", version)
    return pushing.push(archive, store, part_size=PART, **options)


def test_a_version_is_pushed_and_pulled_whole(home: Home, store: Store, tmp_path: Path) -> None:
    heard: list[events.Event] = []
    with events.listening(heard.append):
        pushed = push(home, store)
    amounts = [(event.what, event.done, event.total) for event in heard if isinstance(event, events.Bytes)]
    assert len(amounts) == 5 and amounts[-1] == ("titanic 1.2.0", pushed.bytes, pushed.bytes)
    assert (pushed.sent, pushed.already_there, pushed.dossier) == (pushed.bytes, False, True)
    other = homes.home_at(tmp_path / "other")
    pulled = pulling.pull(store, other, "titanic")
    assert (pulled.version, pulled.serving_version, pulled.newest) == ("1.2.0", 1700000000, True)
    assert (pulled.received, pulled.sha256) == (pushed.bytes, pushed.sha256)
    assert homes.state(other) == homes.state(home)


def test_a_second_push_sends_and_a_second_pull_receives_nothing(home: Home, store: Store, tmp_path: Path) -> None:
    push(home, store)
    again = push(home, store)
    assert (again.sent, again.already_there) == (0, True)
    other = homes.home_at(tmp_path / "other")
    pulling.pull(store, other, "titanic", "1.2.0")
    before = homes.state(other)
    pulled = pulling.pull(store, other, "titanic", "1.2.0")
    assert (pulled.received, pulled.already_here) == (0, True)
    assert homes.state(other) == before


def test_the_newest_version_is_the_highest_by_number(
    home: Home, store: Store, tmp_path: Path, make_card: MakeCard
) -> None:
    for version, number in (("1.10.0", 3), ("1.9.0", 2)):
        homes.add_version(
            home, make_card(version=version, serving_version=number), {"saved_model.pb": version.encode()}
        )
        push(home, store, version)
    assert pulling.versions(store, "titanic") == ["1.9.0", "1.10.0"]
    assert pulling.pull(store, homes.home_at(tmp_path / "other"), "titanic").version == "1.10.0"


def test_a_version_without_its_index_is_not_there(home: Home, store: Store) -> None:
    push(home, store)
    store.remove("titanic/1.2.0.json")
    with pytest.raises(InputError, match="has no version of 'titanic'; it has titanic"):
        pulling.versions(store, "titanic")


def test_a_push_that_was_interrupted_sends_what_is_missing(home: Home, store: Store, tmp_path: Path) -> None:
    """The state that a kill leaves: no index, a part that is missing, one that is cut off."""
    whole = push(home, store)
    found = pulling.index(store, "titanic", None)
    names = [f"{found.folder}/{name}" for name, _ in found.part_names()]
    store.remove(found.path)
    store.remove(names[3])
    store.write(names[1], store.read(names[1], PART)[:1000])
    again = push(home, store)
    assert again.sent == 2 * PART and again.sha256 == whole.sha256
    other = homes.home_at(tmp_path / "other")
    pulling.pull(store, other, "titanic")
    assert homes.state(other) == homes.state(home)


def test_a_pull_that_was_interrupted_receives_what_is_missing(home: Home, store: Store, tmp_path: Path) -> None:
    pushed, other = push(home, store), homes.home_at(tmp_path / "other")

    def stop(event: events.Event) -> None:
        if isinstance(event, events.Bytes) and event.done == 3 * PART:
            raise KeyboardInterrupt

    with events.listening(stop), pytest.raises(KeyboardInterrupt):
        pulling.pull(store, other, "titanic")
    assert not any(path.startswith("models/") for path in homes.state(other))
    pulled = pulling.pull(store, other, "titanic")
    assert pulled.received == pushed.bytes - 3 * PART
    assert homes.state(other) == homes.state(home)


def test_a_part_that_was_tampered_with_is_refused_and_changes_nothing(home: Home, store: Store, tmp_path: Path) -> None:
    push(home, store)
    found = pulling.index(store, "titanic", None)
    path = f"{found.folder}/{list(found.part_names())[2][0]}"
    content = store.read(path, PART)
    other = homes.home_at(tmp_path / "other")
    for changed in (content[:-1] + bytes([content[-1] ^ 1]), content[:-1], b"", content + b"x"):
        store.write(path, changed)
        with pytest.raises(InputError, match="it was damaged or tampered with"):
            pulling.pull(store, other, "titanic")
        assert not any(name.startswith("models/") or name.endswith(".json") for name in homes.state(other))
    store.remove(path)
    with pytest.raises(InputError, match="is no longer there; run the command again"):
        pulling.pull(store, other, "titanic")
    assert push(home, store, replace=True).sent == found.size
    pulling.pull(store, other, "titanic")
    assert homes.state(other) == homes.state(home)


def test_an_index_that_was_tampered_with_is_refused(home: Home, store: Store, tmp_path: Path) -> None:
    push(home, store)
    content, other = store.read("titanic/1.2.0.json", index.LARGEST), homes.home_at(tmp_path / "other")
    for changed in (b"", content[: len(content) // 2], content.replace(b"1.2.0", b"1.3.0"), b"[" * 100_000):
        store.write("titanic/1.2.0.json", changed)
        with pytest.raises(InputError, match=r"titanic/1.2.0.json is no index of a version"):
            pulling.pull(store, other, "titanic")
    assert homes.state(other) == {}
    store.write("titanic/1.2.0.json", content.replace(b"1700000000", b"1700000001"))
    with pytest.raises(InputError, match=r"is refused: its manifest and the remote's index are of different models"):
        pulling.pull(store, other, "titanic")
    assert homes.state(other) == {}


def test_an_index_that_claims_the_sha256_of_another_archive_is_refused(
    home: Home, store: Store, tmp_path: Path, make_card: MakeCard
) -> None:
    """All hashes of the parts fit: it is the work of somebody who knows which sha256 is asked for."""
    wanted = push(home, store)
    second = homes.home_at(tmp_path / "second")
    homes.add_version(second, make_card(version="1.2.0", serving_version=1700000000), {"saved_model.pb": b"evil"})
    evil, other = push(second, store, replace=True), homes.home_at(tmp_path / "other")
    content = store.read("titanic/1.2.0.json", index.LARGEST)
    sha256s = f'"dossier": true,\n "sha256": "{evil.sha256}"', f'"dossier": true,\n "sha256": "{wanted.sha256}"'
    store.publish("titanic/1.2.0.json", content.replace(*(text.encode() for text in sha256s)))
    assert pulling.index(store, "titanic", None).sha256 == wanted.sha256
    with pytest.raises(InputError, match="is refused: it has another sha256 than the index says; nothing was changed"):
        pulling.pull(store, other, "titanic", sha256=wanted.sha256)
    assert homes.state(other) == {}


def test_another_model_of_a_version_is_replaced_only_where_that_is_said(
    home: Home, store: Store, tmp_path: Path, make_card: MakeCard
) -> None:
    push(home, store)
    second = homes.home_at(tmp_path / "second")
    homes.add_version(second, make_card(version="1.2.0", serving_version=1800000000), {"saved_model.pb": b"other"})
    with pytest.raises(InputError, match=r"has another titanic 1\.2\.0, of the weights .*; nothing was sent"):
        push(second, store)
    push(second, store, replace=True)
    found = pulling.index(store, "titanic", "1.2.0")
    assert found.serving_version == 1800000000
    assert set(store.sizes(found.folder) or {}) == {name for name, _ in found.part_names()}
    with pytest.raises(InputError, match=r"this home has another titanic 1\.2\.0, pushed at .*\(SLIPWAY_HOME\)"):
        pulling.pull(store, home, "titanic")


def test_what_is_not_there_is_named(home: Home, store: Store, tmp_path: Path) -> None:
    push(home, store)
    other = homes.home_at(tmp_path / "other")
    with pytest.raises(InputError, match=r"has no titanic 9\.0\.0; its versions are 1\.2\.0$"):
        pulling.pull(store, other, "titanic", "9.0.0")
    with pytest.raises(InputError, match=r"has no version of 'digits'; it has titanic$"):
        pulling.pull(store, other, "digits")
    with pytest.raises(InputError, match="the archive has the sha256"):
        pulling.pull(store, other, "titanic", sha256="0" * 64)
    assert not other.root.exists()


def test_a_remote_that_is_empty_is_said_to_be(store: Store, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"it is empty|there is no such bucket or folder"):
        pulling.pull(store, homes.home_at(tmp_path / "other"), "titanic")


def test_the_command_line_shows_its_own_lines_alone(home: Home, remote: str, tmp_path: Path) -> None:
    """And nothing that the libraries log or warn of."""
    if remote.startswith("gdrive"):
        pytest.skip("only this process takes the server for Google's")
    for command, folder, done in (
        ("push", home.root, "is pushed: "),
        ("pull", tmp_path / "other", "is pulled, as serving"),
    ):
        arguments = [sys.executable, str(Path(__file__).parents[3] / "slipway.py"), command, "titanic", remote]
        environment = os.environ | {"SLIPWAY_HOME": str(folder)}
        ended = subprocess.run(arguments, env=environment, capture_output=True, text=True, timeout=120)
        assert ended.returncode == 0 and ended.stdout.startswith(f"titanic 1.2.0 {done}")
        assert ended.stderr == "   titanic 1.2.0: 0.3 of 0.3 MB\n"


def test_nothing_but_the_parts_and_the_index_is_left_on_the_remote(home: Home, store: Store) -> None:
    push(home, store)
    assert set(store.sizes("titanic") or {}) == {"1.2.0", "1.2.0.json"}
    assert set(store.sizes("") or {}) == {"titanic"}
