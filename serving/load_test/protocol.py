"""What the generator needs of a server under test: prepared requests go out, answers or errors come back."""

from collections.abc import Callable, Sequence
from typing import Protocol

from prediction.split_rows import Row

Done = Callable[[str | None, bytes], None]


class Target(Protocol):
    """A server, its connections, and the form of its requests. Made and used inside one running event loop."""

    def payload(self, rows: Sequence[Row]) -> bytes:
        """A request of these rows, ready to be sent many times. Raises InputError for a row that the card does not allow."""

    def send(self, payload: bytes, done: Done) -> None:
        """Sends at once and returns at once; ``done(error, answer)`` is called once, later.

        The error is None for an answer, else its class: a gRPC code (``UNAVAILABLE``), ``HTTP 503``, ``timeout``,
        ``connection refused`` ...; the answer is then the server's text, as far as there is one.
        """

    def problem(self, answer: bytes, count: int) -> str | None:
        """What is wrong with an answer to ``count`` rows; None for a right one. Slow: not for every answer."""

    async def close(self) -> None:
        """Ends the connections; what is still under way is given up."""
