"""The options of `slipway gateway`, checked."""

import math
import re
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import InputError, shown
from schemas.settings import setting
from serving.addresses import is_loopback

_ADDRESS = re.compile(r"(\[[0-9a-fA-F:]+\]|[^\s:/\[\]]+):(\d{1,5})")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The gateway's options.

    Attributes:
      models: the folder of pushed models, ``<name>/<integer>/``; only their cards are read.
      keys: the file of API keys. Keys are needed as soon as it exists.
      keys_needed: whether it must exist from the start.
      debug: whether the log has the traceback of a bug.
    """

    models: Path
    keys: Path
    keys_needed: bool = False
    host: str = setting("127.0.0.1", "Where to listen; without API keys only this machine.")
    port: int = setting(8080, "The port; 0 takes a free one.", low=0, high=65535)
    upstream: str = setting("127.0.0.1:8500", "gRPC of `slipway serve` or of TensorFlow Serving.", metavar="HOST:PORT")
    upstream_tls_ca: Path | None = setting(
        None, "Speak TLS with the upstream; who signs its certificate.", metavar="PEM"
    )
    registry: Path | None = setting(
        None, "The registry, whose labels are followed; beside --models without it.", metavar="DIR"
    )
    config: Path | None = setting(None, "Weights and labels of versions; may change while running.", metavar="TOML")
    rate_limit: float = setting(0, "Requests per second of one key; 0 for no limit.")
    max_body_mb: float = setting(16, "Megabytes of a request's body.", low=0.001, high=2000)
    max_megapixels: float = setting(50, "Million pixels of a picture.", low=0.001, high=1000)
    max_batch: int = setting(1000, "Inputs of one request.", low=1)
    timeout: float = setting(10, "Seconds that a request may take.")
    max_in_flight: int = setting(100, "Predictions at a time; more are refused at once.", low=1)
    tls_cert: Path | None = setting(None, "Speak TLS: the certificate.", metavar="PEM")
    tls_key: Path | None = setting(None, "Speak TLS: its private key.", metavar="PEM")
    cors_origin: tuple[str, ...] = setting((), "A web origin whose pages may call; can be repeated.", metavar="ORIGIN")
    request_log: Path | None = setting(
        None, "Write a sample of inputs and answers here, as JSON lines.", metavar="FILE"
    )
    request_log_sample: float = setting(0.01, "The share of requests that is written, 0 to 1.")
    request_log_mb: float = setting(100, "Its size in megabytes before it is rotated.", low=0.001)
    redact: frozenset[str] = setting(
        frozenset(), "A field that is not written there; can be repeated.", metavar="FIELD"
    )
    debug: bool = False

    @property
    def max_body(self) -> int:
        """Bytes of a request's body."""
        return int(self.max_body_mb * 1e6)

    @property
    def max_pixels(self) -> int:
        """Pixels of a picture; one of more is not decoded."""
        return int(self.max_megapixels * 1e6)

    @property
    def request_log_bytes(self) -> int:
        """Bytes at which the sampled request log is rotated."""
        return int(self.request_log_mb * 1e6)

    def check(self) -> None:
        """Raises InputError for the first option that cannot be meant, naming it."""
        match = _ADDRESS.fullmatch(self.upstream)
        if not match or not 0 < int(match[2]) < 65536:
            _refuse("--upstream", self.upstream, "HOST:PORT of TensorFlow Serving's gRPC, such as 127.0.0.1:8500")
        if not self.models.is_dir():
            _refuse("--models", str(self.models), "the folder of the pushed models; `slipway run digits` makes one")
        self._check_numbers()
        self._check_files()

    def _check_numbers(self) -> None:
        if not (math.isfinite(self.rate_limit) and self.rate_limit >= 0):
            _refuse("--rate-limit", self.rate_limit, "requests per second, or 0 for no limit")
        if not (math.isfinite(self.timeout) and 0 < self.timeout <= 3600):
            _refuse("--timeout", self.timeout, "seconds, above 0 and up to 3600")
        if not 0 <= self.request_log_sample <= 1:
            _refuse("--request-log-sample", self.request_log_sample, "a share from 0 to 1")

    def _check_files(self) -> None:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise InputError("--tls-cert and --tls-key belong together: give both files, or neither")
        for option, path in (
            ("--tls-cert", self.tls_cert),
            ("--tls-key", self.tls_key),
            ("--upstream-tls-ca", self.upstream_tls_ca),
        ):
            if path is not None and not path.is_file():
                _refuse(option, str(path), "a PEM file")
        if self.request_log is not None and not self.request_log.parent.is_dir():
            _refuse("--request-log", str(self.request_log), "a file in a folder that exists")

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the gateway."""
        return is_loopback(self.host)


def _refuse(option: str, value: object, allowed: str) -> None:
    raise InputError(f"{option}: received {shown(value, 200)}; {allowed} is expected")
