"""The options of `slipway loadtest`, checked before anything is sent."""

from dataclasses import dataclass
from pathlib import Path

from schemas.errors import InputError
from schemas.settings import setting
from serving.load_test import address
from serving.load_test.address import Address

MOST_SECONDS = 60.0  # of one rate
MOST_SECONDS_IN_ALL = 600.0
MOST_REQUESTS = 200_000
MOST_IN_FLIGHT = 1024


@dataclass(frozen=True)
class Options:
    """The options of a load test, as the command line has them."""

    rate: float = setting(100.0, "Requests a second; of a sweep the first rate.")
    duration: float = setting(10.0, "How long each rate is held, at most 60.", metavar="SECONDS")
    url: str = setting(
        "http://127.0.0.1:8080", "The gateway (http://host:port) or the model server (grpc://host:port)."
    )
    sweep: bool = setting(False, "Search the knee: the highest rate that is sustained.")
    batch: int = setting(1, "Rows of one request.", low=1, high=100_000)
    limit: int = setting(1000, "Send only the first rows of the test split.", low=1, metavar="ROWS")
    max_requests: int = setting(MOST_REQUESTS, "Send no more than this in all.", low=1)
    in_flight: int = setting(MOST_IN_FLIGHT, "The most requests under way.", low=1, high=60_000)
    timeout: float = setting(5.0, "Give a request up after this time.", metavar="SECONDS")
    p99: float = setting(100.0, "A rate whose p99 is above this is not sustained.", metavar="MS")
    out: Path | None = setting(None, "Write the report there, not to $SLIPWAY_HOME.", metavar="FOLDER")
    api_key: str | None = setting(None, "The gateway's API key.", variable="SLIPWAY_API_KEY")
    allow_remote: bool = setting(False, "Test another machine than this one.")

    def check(self) -> Address:
        """The address. Raises InputError for what is refused."""
        for name, value, most in (
            ("--rate", self.rate, float(self.max_requests)),
            ("--duration", self.duration, MOST_SECONDS),
            ("--timeout", self.timeout, MOST_SECONDS),
            ("--p99", self.p99, MOST_SECONDS * 1000),
        ):
            if not 0 < value <= most:
                raise InputError(f"{name}: received {value:g}; more than 0 and at most {most:g} is expected")
        if self.rate * self.duration > self.max_requests:
            raise InputError(
                f"--rate {self.rate:g} for --duration {self.duration:g} is {self.rate * self.duration:,.0f} requests; "
                f"at most {self.max_requests:,} are sent: take less of either, or raise --max-requests"
            )
        found = address.parse(self.url)
        if self.api_key and found.scheme == "grpc":
            raise InputError(
                "--api-key: the model server has no keys; leave it out, or test the gateway by its http:// address"
            )
        # The key goes into a hand-written head: a line end in it would start another header.
        if self.api_key and not (self.api_key.isascii() and self.api_key.isprintable()):
            raise InputError("--api-key: received characters that no key has; give it as `slipway keys` showed it")
        if not self.allow_remote:
            address.check_loopback(found)
        if self.out is not None and self.out.exists():
            raise InputError(f"--out: {self.out} is already there; name a folder that is not")
        return found
