"""What `slipway loadtest` was asked for, checked before anything is sent."""

from dataclasses import dataclass
from pathlib import Path

from schemas.errors import InputError
from serving.load_test import address
from serving.load_test.address import Address

MOST_SECONDS = 60.0  # of one rate
MOST_SECONDS_IN_ALL = 600.0
MOST_REQUESTS = 200_000
MOST_IN_FLIGHT = 1024


@dataclass(frozen=True)
class Options:
    """The options of a load test, as the command line has them.

    Attributes:
      rate: requests a second; of a sweep the first rate.
      duration: seconds of each rate that count.
      url: the gateway (http, https) or the model server (grpc).
      sweep: whether the knee is searched.
      batch: rows of one request.
      rows: the most rows of the test split that are used, in turn.
      max_requests: over all rates, those of warm phases not counted.
      in_flight: the most requests under way.
      timeout: seconds for one answer.
      p99_ms: a rate whose p99 is above this is not sustained.
      allow_remote: whether the server may be another machine.
      key: the gateway's API key.
      out: the folder for the report, which must not exist yet; None for one in $SLIPWAY_HOME.
    """

    rate: float = 100.0
    duration: float = 10.0
    url: str = "http://127.0.0.1:8080"
    sweep: bool = False
    batch: int = 1
    rows: int = 1000
    max_requests: int = MOST_REQUESTS
    in_flight: int = MOST_IN_FLIGHT
    timeout: float = 5.0
    p99_ms: float = 100.0
    allow_remote: bool = False
    key: str | None = None
    out: Path | None = None

    def check(self) -> Address:
        """The address. Raises InputError for what is refused."""
        for name, value, most in (
            ("--rate", self.rate, float(self.max_requests)),
            ("--duration", self.duration, MOST_SECONDS),
            ("--timeout", self.timeout, MOST_SECONDS),
            ("--p99", self.p99_ms, MOST_SECONDS * 1000),
        ):
            if not 0 < value <= most:
                raise InputError(f"{name}: received {value:g}; more than 0 and at most {most:g} is expected")
        if self.rate * self.duration > self.max_requests:
            raise InputError(
                f"--rate {self.rate:g} for --duration {self.duration:g} is {self.rate * self.duration:,.0f} requests; "
                f"at most {self.max_requests:,} are sent: take less of either, or raise --max-requests"
            )
        found = address.parse(self.url)
        if self.key and found.scheme == "grpc":
            raise InputError(
                "--api-key: the model server has no keys; leave it out, or test the gateway by its http:// address"
            )
        if self.key and not (self.key.isascii() and self.key.isprintable()):
            raise InputError("--api-key: received characters that no key has; give it as `slipway keys` showed it")
        if not self.allow_remote:
            address.check_loopback(found)
        if self.out is not None and self.out.exists():
            raise InputError(f"--out: {self.out} is already there; name a folder that is not")
        return found
