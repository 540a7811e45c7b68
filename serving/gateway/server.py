"""Runs the gateway: uvicorn with uvloop and httptools, drained at SIGTERM."""

import contextlib
import gc
import logging
import signal
import socket
from collections.abc import Iterator
from types import FrameType

import uvicorn

from schemas.errors import InputError
from serving.gateway.app import application
from serving.gateway.logs import Log
from serving.gateway.settings import Settings
from serving.gateway.state import Gateway

_BACKLOG = 2048
_KEEP_ALIVE = 75  # longer than load balancers keep a connection: else it may close as they send the next request


def run(settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT, then completes the requests in flight.

    Raises:
      InputError: a wrong option, or an address that cannot be listened on.
    """
    gateway = Gateway(settings)
    with _listening(settings) as listener:
        config = _config(gateway)
        _log_of_libraries(gateway.log)
        try:
            # Now, not in Server.run: there a bad certificate is a traceback.
            config.load()
        except OSError as error:  # ssl.SSLError is one
            raise InputError(f"--tls-cert, --tls-key: they cannot be used: {error}") from error
        server = _Server(config, gateway)
        # Everything made so far stays for good: full collections need not traverse it again while requests wait.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)
        try:
            server.run([listener])
        finally:
            gateway.log.close()


def _config(gateway: Gateway) -> uvicorn.Config:
    settings = gateway.settings
    return uvicorn.Config(
        application(gateway),
        loop="uvloop",
        http="httptools",
        # No route is a WebSocket; without it an Upgrade is answered as plain HTTP.
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        # X-Forwarded-For is the client's to write, and without keys the rate limit counts by peer address.
        proxy_headers=False,
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE,
        # A prediction that began just before the signal may take all of --timeout.
        timeout_graceful_shutdown=int(settings.timeout) + 5,
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
    )


@contextlib.contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # Bound here: uvicorn would log a port that is taken and exit with its own code.
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        # A restart would else fail while connections of the last process are in TIME_WAIT.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host.strip("[]"), settings.port))
        except OSError as error:
            raise InputError(
                f"cannot listen on {settings.host}:{settings.port}: {error.strerror}; choose another --port or --host"
            ) from error
        yield listener


class _Server(uvicorn.Server):
    """Prints where it listens, and takes a signal as a graceful stop: exit code 0, not death by that signal."""

    def __init__(self, config: uvicorn.Config, gateway: Gateway) -> None:
        super().__init__(config)
        self._gateway = gateway

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        assert sockets
        chosen = self._gateway.settings
        host = f"[{chosen.host.strip('[]')}]" if ":" in chosen.host else chosen.host
        url = f"{'https' if chosen.tls_cert else 'http'}://{host}:{sockets[0].getsockname()[1]}"
        keys = "API keys are asked for" if self._gateway.keys.value is not None else "no API keys"
        print(f"gateway: {url} (docs: {url}/docs; model server: {chosen.upstream}; {keys})", flush=True)

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
        # Before uvicorn stops: /readyz is 503 from now on, and load balancers send no more.
        self._gateway.draining = True
        super().handle_exit(sig, frame)


class _ToLog(logging.Handler):
    """Warnings of libraries, such as of a request that is not HTTP, as lines of the gateway's log; without tracebacks."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        # The message itself, never its arguments or its exception: those may quote a request.
        self._log.line(record.levelname.lower(), record.name, message=str(record.msg).partition("\n")[0][:200])


def _log_of_libraries(log: Log) -> None:
    """All that libraries log becomes lines of ours; but nothing of the one that quotes a form's bytes."""
    root = logging.getLogger()
    root.handlers = [_ToLog(log)]
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)
