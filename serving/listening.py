"""What Slipway's HTTP servers share: the socket that they listen on, how uvicorn runs them, and a graceful end."""

import contextlib
import signal
import socket
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from schemas.errors import InputError


@contextlib.contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that is bound, for ``Server.run(sockets=...)``; port 0 takes a free one.

    Raises:
      InputError: the address cannot be listened on.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Bound here: uvicorn would log a port that is taken and exit with its own code.
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        # A restart would else fail while connections of the last process are in TIME_WAIT.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host.strip("[]"), port))
        except OSError as error:
            raise InputError(
                f"cannot listen on {host}:{port}: {error.strerror}; choose another --port or --host"
            ) from error
        yield listener


def configured(application: ASGIApp, **own: Any) -> uvicorn.Config:
    """uvicorn's configuration of an application; ``own`` are the server's own settings of it."""
    return uvicorn.Config(
        application,
        loop="uvloop",
        http="httptools",
        # No route is a WebSocket; without it an Upgrade is answered as plain HTTP.
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        # X-Forwarded-For is the client's to write, and requests are counted by peer address.
        proxy_headers=False,
        **own,
    )


class Server(uvicorn.Server):
    """Says where it listens, and takes a signal as a graceful stop: exit code 0, not death by that signal.

    Args:
      started: called with the port, once requests are answered.
      stopping: called at the signal, before connections are closed.
    """

    def __init__(self, config: uvicorn.Config, started: Callable[[int], None], stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self._started = started
        self._stopping = stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        assert sockets
        if not self.should_exit:  # the application's lifespan failed
            self._started(sockets[0].getsockname()[1])

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        # uvicorn's own raises each captured signal again once it has stopped; the exit code would be 143.
        before = {which: signal.signal(which, self.handle_exit) for which in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for which, handler in before.items():
                signal.signal(which, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._stopping()
        super().handle_exit(sig, frame)
