"""The whole model server under tensorflow_model_server's flags, on an event loop in a thread."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import grpc

from serving.model_server import flags, from_flags, server
from serving.model_server.settings import Options


def options(*arguments: str) -> Options:
    """What a command line with these flags means."""
    given, rest = flags.taken(arguments)
    assert not rest
    return from_flags.options(given, Options(models=Path("/nowhere")), ())


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class FlaggedServer:
    """A server that was started with flags; ``port`` and ``rest_port`` are added to them."""

    def __init__(self, *arguments: str, rest: bool = True) -> None:
        self.port, self.rest_port = free_port(), free_port()
        ports = [f"--port={self.port}", *([f"--rest_api_port={self.rest_port}"] if rest else [])]
        self.options = options(*ports, *arguments)
        self._loop = asyncio.new_event_loop()
        self._stopped = asyncio.Event()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self.running = asyncio.run_coroutine_threadsafe(server.run(self.options, "CPU", self._stopped), self._loop)

    def is_listening(self) -> bool:
        """Whether the gRPC port is open."""
        with contextlib.closing(socket.socket()) as client:
            return client.connect_ex(("127.0.0.1", self.port)) == 0

    def wait(self) -> "FlaggedServer":
        """Until the gRPC port is open; raises what the server ended with."""
        end = time.monotonic() + 60
        while not self.is_listening():
            if self.running.done():
                self.running.result()
            assert time.monotonic() < end, "the port was not opened"
            time.sleep(0.05)
        return self

    def channel(self) -> grpc.Channel:
        return grpc.insecure_channel(f"127.0.0.1:{self.port}")

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stopped.set)
        with contextlib.suppress(Exception):  # a test has seen it
            self.running.result(60)
        self._loop.call_soon_threadsafe(self._loop.stop)


@contextlib.contextmanager
def serving(*arguments: str, rest: bool = True) -> Iterator[FlaggedServer]:
    started = FlaggedServer(*arguments, rest=rest)
    try:
        yield started
    finally:
        started.stop()
