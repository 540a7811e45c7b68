"""A MariaDB server of our own: one folder, one port of 127.0.0.1, one database for one user."""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from schemas.errors import InputError
from schemas.files import OWNER_ONLY, write_whole

DATABASE = USER = "slipway"
_SERVER, _INSTALLER = "mariadbd", "mariadb-install-db"
_PID_FILE = "server.pid"
_PROTOCOL = 10  # the fifth byte that a server sends to a client that it accepts
_START_SECONDS = 120
_STOP_SECONDS = 30
_PORTS_TRIED = 3


def missing() -> str | None:
    """Why no server can be started here, or None if one can."""
    absent = [name for name in (_SERVER, _INSTALLER) if _program(name) is None]
    return f"{' and '.join(absent)} not found; install Debian's package mariadb-server" if absent else None


class MariaDB:
    """A server with its data in ``folder/data``; it runs from ``start`` to ``stop``, or as a context manager.

    ``stop`` and ``start`` again keep data, port and password; another object on the same folder keeps data and
    password. Start it from a thread that outlives it: the server ends with the thread that started it, so that a killed
    process leaves none behind.

    Attributes:
      folder: what belongs to the server: ``data/``, ``password``, ``server.log``.
      port: of 127.0.0.1; 0 before the first start.
      password: of the user ``slipway``, who has all rights on the database ``slipway`` and none elsewhere.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.port = 0
        self.password = ""
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """As $SLIPWAY_METADATA takes it, without the password."""
        return f"mysql://{USER}@127.0.0.1:{self.port}/{DATABASE}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        """Returns when the server takes connections.

        Raises:
          InputError: MariaDB is not installed, or its server ends at once or does not answer; names its log.
        """
        if reason := missing():
            raise InputError(reason)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._install()
        self._write_init_file()
        chosen = self.port
        for _ in range(1 if chosen else _PORTS_TRIED):  # another process may take a free port before the server does
            self.port = chosen or _free_port()
            if self._started():
                return
        raise InputError(f"MariaDB did not start; see {self.folder / 'server.log'}")

    def stop(self, sent: signal.Signals = signal.SIGTERM) -> None:
        """Ends the server, by SIGTERM in order; SIGKILL is a crash. Does nothing where none runs."""
        if self._process is None:
            return
        self._process.send_signal(sent)
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _install(self) -> None:
        data = self.folder / "data"
        if data.exists():
            return
        with tempfile.TemporaryDirectory(dir=self.folder, prefix="installing-") as fresh:
            command = [str(_program(_INSTALLER)), "--no-defaults", f"--datadir={fresh}", "--skip-test-db", *_as_root()]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                last = (done.stderr or done.stdout).strip().splitlines()[-1:]
                raise InputError(f"{_INSTALLER} ended with code {done.returncode}: {' '.join(last)}")
            # Renamed when it is complete: an installation that was killed must not pass for data.
            Path(fresh).rename(data)
            Path(fresh).mkdir()  # for the context manager to remove

    def _write_init_file(self) -> None:
        kept = self.folder / "password"
        if not kept.exists():
            write_whole(kept, secrets.token_urlsafe(18), mode=OWNER_ONLY)
        self.password = kept.read_text()
        user = f"'{USER}'@'127.0.0.1'"
        statements = (
            f"CREATE DATABASE IF NOT EXISTS {DATABASE};",
            f"CREATE USER IF NOT EXISTS {user} IDENTIFIED BY '{self.password}';",
            f"GRANT ALL PRIVILEGES ON {DATABASE}.* TO {user};",
        )
        write_whole(self.folder / "init.sql", "\n".join(statements) + "\n", mode=OWNER_ONLY)

    def _started(self) -> bool:
        pid_file = self.folder / "data" / _PID_FILE
        pid_file.unlink(missing_ok=True)
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(self._command(), stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            # Only the file proves that this server answers, and not another one on the port.
            if pid_file.exists() and pid_file.read_text().strip() == str(self._process.pid) and _greets(self.port):
                return True
            time.sleep(0.05)
        self.stop(signal.SIGKILL)
        return False

    def _command(self) -> list[str]:
        # setpriv binds the server to the thread that starts it; without the program only ``stop`` ends it.
        with_us = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
        return [
            *with_us,
            str(_program(_SERVER)),
            "--no-defaults",
            f"--datadir={self.folder / 'data'}",
            f"--init-file={self.folder / 'init.sql'}",
            f"--port={self.port}",
            "--bind-address=127.0.0.1",
            "--socket=mysql.sock",  # in the data folder; a whole path may be longer than a socket's name can be
            f"--pid-file={_PID_FILE}",
            "--skip-name-resolve",  # accounts are matched by the address 127.0.0.1, whatever the host calls it
            "--innodb-buffer-pool-size=64M",
            *_as_root(),
        ]


def _program(name: str) -> str | None:
    """Its path; Debian keeps the server where only root looks."""
    return shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin")


def _as_root() -> list[str]:
    """The option without which MariaDB refuses to run as root."""
    return ["--user=root"] if os.geteuid() == 0 else []


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def _greets(port: int) -> bool:
    """Whether a server takes connections; one that still starts lets them in, and is silent."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
        return connection.recv(5)[4:5] == bytes([_PROTOCOL])
    return False
