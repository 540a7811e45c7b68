"""Runs the gateway: uvicorn with uvloop and httptools, drained at SIGTERM."""

import gc
import logging

import uvicorn

from schemas.errors import InputError
from serving.addresses import url_of
from serving.gateway.app import application
from serving.gateway.logs import Log
from serving.gateway.settings import Settings
from serving.gateway.state import Gateway
from serving.listening import Server, configured, listening

_BACKLOG = 2048
_KEEP_ALIVE = 75  # longer than load balancers keep a connection: else it may close as they send the next request


def run(settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT, then completes the requests in flight.

    Raises:
      InputError: a wrong option, or an address that cannot be listened on.
    """
    gateway = Gateway(settings)
    with listening(settings.host, settings.port) as listener:
        config = _config(gateway)
        _log_of_libraries(gateway.log)
        try:
            # Now, not in Server.run: there a bad certificate is a traceback.
            config.load()
        except OSError as error:  # ssl.SSLError is one
            raise InputError(f"--tls-cert, --tls-key: they cannot be used: {error}") from error
        server = Server(config, lambda port: _say(gateway, port), gateway.drain)
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
    return configured(
        application(gateway),
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE,
        # A prediction that began just before the signal may take all of --timeout.
        timeout_graceful_shutdown=int(settings.timeout) + 5,
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
    )


def _say(gateway: Gateway, port: int) -> None:
    chosen = gateway.settings
    url = url_of("https" if chosen.tls_cert else "http", chosen.host, port)
    keys = "API keys are asked for" if gateway.keys.value is not None else "no API keys"
    print(f"gateway: {url} (docs: {url}/docs; model server: {chosen.upstream}; {keys})", flush=True)


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
