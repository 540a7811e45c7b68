"""Which metadata store the environment names, and what is said of a server that is not one; MariaDB is in tests/cluster."""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.execution import metadata_store
from pipelines.execution.metadata_store import (
    PASSWORD,
    URL,
    WAIT,
    StoreUnreachableError,
    connect,
    from_environment,
    unanswered,
)
from schemas import events
from schemas.errors import InputError
from schemas.home import Home

HOME = Home(Path("/h"), Path("/h/data"))


def test_without_a_url_it_is_the_homes_file() -> None:
    for environment in ({}, {URL: ""}):
        store = from_environment(HOME, environment)
        assert (store.name, store.server) == ("/h/metadata.db", None)
        assert store.root(HOME, "digits") == HOME.pipeline("digits")


def test_a_url_names_server_user_and_database_and_the_password_is_never_shown() -> None:
    store = from_environment(HOME, {URL: "mysql://us%40er@db.example:3307/meta", PASSWORD: "p:/@ss", WAIT: "7"})
    mysql = store.config.mysql
    assert (mysql.host, mysql.port, mysql.database, mysql.user) == ("db.example", 3307, "meta", "us@er")
    assert mysql.password == "p:/@ss"
    assert (store.server, store.wait) == (("db.example", 3307), 7.0)
    assert store.config.retry_options.max_num_retries >= 10
    assert "p:/@ss" not in repr(store)


def test_each_kind_of_store_has_a_pipeline_root_of_its_own() -> None:
    server = from_environment(HOME, {URL: "mysql://u@db/m"})
    assert server.root(HOME, "digits") != HOME.pipeline("digits")


def test_localhost_is_a_port_and_not_a_sockets_file() -> None:
    assert from_environment(HOME, {URL: "mysql://u@localhost/m"}).config.mysql.host == "127.0.0.1"


@pytest.mark.parametrize(
    "url",
    [
        "mysql://db/m", "mysql://u@db", "mysql://u@db/", "mysql://u@/m", "mysql://u@db:x/m", "mysql://u@db:99999/m",
        "postgresql://u@db/m", "u@db/m", "mysql://u@db/m/n", "mysql://u@db/m?ssl=1", "mysql://u@[db/m",
    ],
)  # fmt: skip
def test_what_is_no_such_url_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="mysql://USER@HOST:PORT/DATABASE is expected"):
        metadata_store.check_url(url)


def test_a_password_in_the_url_is_refused_and_not_repeated() -> None:
    for url in ("mysql://u:hidden@db/m", "mysql://u:hidden@db:x/m", "u:hidden@db/m", "mysql://u:hid/den@db/m"):
        with pytest.raises(InputError, match=PASSWORD) as refused:
            metadata_store.check_url(url)
        assert "den" not in str(refused.value)


@given(st.text())
def test_any_text_is_a_url_or_the_users_mistake(text: str) -> None:
    for url in (text, f"mysql://{text}", f"mysql://u@{text}/m", f"mysql://u@db:{text}/m"):
        try:
            metadata_store.check_url(url)
        except InputError as error:
            assert URL in str(error)


@pytest.mark.parametrize("seconds", ["-1", "nan", "inf", "ten"])
def test_a_wait_that_is_no_number_of_seconds_is_refused(seconds: str) -> None:
    with pytest.raises(InputError, match=WAIT):
        from_environment(HOME, {URL: "mysql://u@db/m", WAIT: seconds})


@pytest.fixture
def answering() -> Iterator[Callable[[bytes | None], int]]:
    """Starts a server that sends this to whom it takes in, None for nothing; gives its port."""
    listeners = []

    def start(packet: bytes | None) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        held = []

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                held.append(connection)
                if packet is not None:
                    connection.sendall(packet)

        threading.Thread(target=serve, daemon=True).start()
        return int(listener.getsockname()[1])

    yield start
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def test_what_answers_is_told_apart(answering: Callable[[bytes | None], int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata_store, "_PROBE_SECONDS", 0.3)

    def said(packet: bytes | None) -> str | None:
        return unanswered(from_environment(HOME, {URL: f"mysql://u@127.0.0.1:{answering(packet)}/m"}))

    assert said(b"\x4a\x00\x00\x00\x0a5.5.5-10.11\x00") is None
    assert said(b"\x17\x00\x00\x00\xff\x10\x04Too many connections") == "Too many connections"
    assert said(b"HTTP/1.1 400 Bad Request\r\n\r\n") == "what answers there is no MySQL server"
    assert said(None) == "no answer"


def test_a_host_without_a_name_is_waited_for_and_named() -> None:
    heard: list[events.Event] = []
    store = from_environment(HOME, {URL: "mysql://u@nowhere.invalid/m", WAIT: "0.1"})
    unreachable = pytest.raises(StoreUnreachableError, match=r"nowhere\.invalid/m could not be reached in 0 s")
    with unreachable as failed, events.listening(heard.append):
        connect(store, first=True)
    assert failed.value.exit_code == 4
    (waiting,) = heard
    assert isinstance(waiting, events.Waiting) and waiting.on == "metadata"
    assert waiting.text.startswith("waiting for the metadata store mysql://u@nowhere.invalid/m: ")


def test_a_file_is_made_and_found_again(tmp_path: Path) -> None:
    store = metadata_store.of_file(tmp_path / "metadata.db")
    first = connect(store, first=True)
    assert [kind.name for kind in first.get_context_types()] == [
        kind.name for kind in connect(store).get_context_types()
    ]
    assert (tmp_path / "metadata.db").exists()
