"""Where ML Metadata is kept: SQLite in the home, or the MariaDB server that $SLIPWAY_METADATA names; light to import."""

import os
import random
import re
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

import ml_metadata
from ml_metadata.proto import metadata_store_pb2

from schemas import events
from schemas.environment import seconds
from schemas.errors import InputError, shown
from schemas.exit_codes import ExitCode
from schemas.home import Home

URL, PASSWORD, WAIT = "SLIPWAY_METADATA", "SLIPWAY_METADATA_PASSWORD", "SLIPWAY_METADATA_WAIT"
_FORM = "mysql://USER@HOST:PORT/DATABASE"
_PORT = 3306
_SECRET = re.compile(r":(?!//)[^@]*@")  # also in a text that is no URL: it must not be repeated
_WAIT_SECONDS = 600.0
_RETRIES = 10  # of a transaction that lost against another one; MLMD's own 5 are too few for six writers
_TRIES = 10  # of a connection that a server or a file refuses: the tables may be made at this moment
_PAUSE_SECONDS = 2.0
_BETWEEN_LINES = 15.0
_PROBE_SECONDS = 5.0
_GREETING, _ERROR = 10, 255  # the first byte of a MySQL server's first packet, after four of its header
_LOST = ("Lost connection", "gone away", "mysql_real_connect failed", "shutdown in progress", "Connection was killed")
_REFUSED = ("mysql_real_connect failed", "Access denied", "Unknown database")


class StoreUnreachableError(InputError):
    """No server answered in time."""

    exit_code = ExitCode.STORE_AWAY


@dataclass(frozen=True)
class Store:
    """A metadata store.

    Attributes:
      name: what messages call it: the file, or the URL, which has no password.
      config: how MLMD connects to it, the password included: never shown, and never part of a compiled pipeline.
      server: the server's host and port; None for a file.
      wait: how many seconds a server is waited for.
    """

    name: str
    config: metadata_store_pb2.ConnectionConfig = field(repr=False)
    server: tuple[str, int] | None = None
    wait: float = _WAIT_SECONDS

    def root(self, home: Home, dataset: str) -> Path:
        """TFX's pipeline root. One for each kind of store: folders are named by execution ids, and each store counts anew."""
        return home.pipeline(dataset) / "server" if self.server else home.pipeline(dataset)


def from_environment(home: Home, environment: Mapping[str, str] = os.environ) -> Store:
    """The store that the environment names, or the home's file.

    Raises:
      InputError: $SLIPWAY_METADATA is no such URL, or $SLIPWAY_METADATA_WAIT is no number.
    """
    url = environment.get(URL, "")
    if not url:
        return of_file(home.metadata)
    config, server = _of_url(url, environment.get(PASSWORD, ""))
    return Store(url, config, server, seconds(WAIT, _WAIT_SECONDS, environment))


def of_file(path: Path) -> Store:
    """A SQLite file, made when it is first used."""
    config = metadata_store_pb2.ConnectionConfig()
    config.sqlite.filename_uri = str(path)
    config.sqlite.connection_mode = metadata_store_pb2.SqliteMetadataSourceConfig.READWRITE_OPENCREATE
    config.retry_options.max_num_retries = _RETRIES
    return Store(str(path), config)


def check_url(url: str) -> None:
    """Raises InputError for what is not mysql://USER@HOST:PORT/DATABASE."""
    _of_url(url, "")


def _of_url(url: str, password: str) -> tuple[metadata_store_pb2.ConnectionConfig, tuple[str, int]]:
    if _SECRET.search(url):
        raise InputError(f"{URL} has a password in it; take it out and put it into {PASSWORD}")
    try:
        parts = urlsplit(url)
        port = parts.port or _PORT
    except ValueError:
        raise InputError(f"{URL}: received {shown(url)}; {_FORM} is expected") from None
    database = unquote(parts.path.removeprefix("/"))
    if not _is_whole(parts, database):
        raise InputError(f"{URL}: received {shown(url)}; {_FORM} is expected")
    # For the client library "localhost" is a socket's file, and not the port that the URL names.
    host = "127.0.0.1" if parts.hostname == "localhost" else str(parts.hostname)
    config = metadata_store_pb2.ConnectionConfig()
    config.mysql.host, config.mysql.port, config.mysql.database = host, port, database
    config.mysql.user, config.mysql.password = unquote(parts.username or ""), password
    config.retry_options.max_num_retries = _RETRIES
    return config, (host, port)


def _is_whole(parts: SplitResult, database: str) -> bool:
    named = parts.scheme == "mysql" and parts.hostname and parts.username and database and "/" not in database
    return bool(named) and not parts.query and not parts.fragment


def connect(store: Store, *, first: bool = False) -> ml_metadata.MetadataStore:
    """A new connection to the store; makes its tables where there are none.

    A server that does not answer is waited for, and an event says so now and then. Of an answer that the server refuses, MLMD
    reports no more than for no answer, so the server is asked for its greeting as well.

    Args:
      first: whether this is the first connection of the process. A refusal is then the user's mistake. Later it is waited
        for as well, as a training may be at stake.

    Raises:
      StoreUnreachableError: the server did not answer (or, later, take us in) in time.
      InputError: it refuses the user, the password or the database.
      RuntimeError: the store is there, and MLMD cannot use it.
    """
    waiting, tries = _Pauses(store), 0
    while True:
        # A client that waits for a host which swallows its packets is silent for minutes: look before it is asked.
        reason = unanswered(store) if first else None
        if reason is None:
            try:
                return ml_metadata.MetadataStore(store.config)
            except RuntimeError as error:
                reason, failure = unanswered(store), error
        if reason is None:
            tries += 1
            refused = store.server and any(words in str(failure) for words in _REFUSED)
            if tries >= _TRIES and (first or not refused):
                raise _refusal(store, failure) if refused else failure
            time.sleep(random.random())
            if tries < _TRIES:
                continue
            reason = "it refuses the user, the password or the database"
        waiting.pause(reason)


def is_lost(error: Exception) -> bool:
    """Whether MLMD raised this because the connection broke. The handle must not be used again: the library crashes then."""
    return isinstance(error, ml_metadata.errors.StatusError) and any(words in str(error) for words in _LOST)


def unanswered(store: Store) -> str | None:
    """Why the store's server does not answer, or None if it greets as a MySQL server that takes connections; files do."""
    if store.server is None:
        return None
    try:
        with socket.create_connection(store.server, timeout=_PROBE_SECONDS) as connection:
            connection.settimeout(_PROBE_SECONDS)
            packet = connection.recv(128)
    except TimeoutError:
        return "no answer"
    except OSError as error:
        return error.strerror or str(error)
    if packet[4:5] == bytes([_GREETING]):
        return None
    if packet[4:5] == bytes([_ERROR]):  # two bytes of its number, then the text
        return packet[7:].decode(errors="replace").strip() or "an error without a text"
    return "what answers there is no MySQL server"


def _refusal(store: Store, error: Exception) -> InputError:
    said = "" if "mysql_real_connect" in str(error) else f" ({' '.join(str(error).split())[:200]})"
    return InputError(
        f"the metadata store {store.name} answers, and refuses the user, its password or the database{said}; "
        f"correct {URL} or {PASSWORD}"
    )


class _Pauses:
    """Pauses until the store's time is up, and says now and then what is waited for."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._begun = time.monotonic()
        self._next_line = 0.0

    def pause(self, reason: str) -> None:
        passed = time.monotonic() - self._begun
        if passed >= self._store.wait:
            raise StoreUnreachableError(
                f"the metadata store {self._store.name} could not be reached in {self._store.wait:.0f} s ({reason}); "
                f"start it, correct {URL}, or set {WAIT} to more seconds"
            )
        if passed >= self._next_line:
            so_far = f"{passed:.0f} of {self._store.wait:.0f} s"
            events.publish(
                events.Waiting("metadata", f"waiting for the metadata store {self._store.name}: {reason} ({so_far})")
            )
            self._next_line = passed + _BETWEEN_LINES
        time.sleep(min(_PAUSE_SECONDS, max(self._store.wait - passed, 0)))
