"""The options of `slipway gateway`, checked."""

import functools
import ipaddress
import math
import re
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import InputError, shown

_ADDRESS = re.compile(r"(\[[0-9a-fA-F:]+\]|[^\s:/\[\]]+):(\d{1,5})")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The gateway's options.

    Attributes:
      host, port: where it listens; port 0 takes a free one.
      upstream: ``host:port`` of TensorFlow Serving's gRPC.
      upstream_tls_ca: a PEM file of the authorities that may sign the upstream's certificate; None for no TLS.
      models: the folder of pushed models, ``<name>/<integer>/``; only their cards are read.
      config: weights and labels (serving.gateway.canary); None for none.
      keys: the file of API keys. Keys are asked for as soon as it is there.
      keys_needed: whether it must be there from the start.
      rate_limit: requests per second of one key (without keys: of one address); 0 for no limit.
      max_body: bytes of a request's body.
      max_batch: inputs of one request.
      timeout: seconds from a request's first byte to its answer.
      max_in_flight: predictions under way; one more is refused at once.
      tls_cert, tls_key: PEM files; both or none.
      cors_origins: origins whose pages may call; none by default.
      request_log: where sampled requests are written, with inputs and answers; None for nowhere.
      request_log_sample: the share of requests that is written, 0 to 1.
      request_log_bytes: the size at which that file is rotated.
      redact: fields whose values are not written there.
      debug: whether the log has the traceback of a bug.
    """

    models: Path
    keys: Path
    keys_needed: bool = False
    host: str = "127.0.0.1"
    port: int = 8080
    upstream: str = "127.0.0.1:8500"
    upstream_tls_ca: Path | None = None
    config: Path | None = None
    rate_limit: float = 0.0
    max_body: int = 16_000_000
    max_batch: int = 1000
    timeout: float = 10.0
    max_in_flight: int = 100
    tls_cert: Path | None = None
    tls_key: Path | None = None
    cors_origins: tuple[str, ...] = ()
    request_log: Path | None = None
    request_log_sample: float = 0.01
    request_log_bytes: int = 100_000_000
    redact: frozenset[str] = frozenset()
    debug: bool = False

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


@functools.lru_cache(1024)  # without keys it is asked for every request
def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own: ``localhost``, 127.0.0.0/8 or ::1."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _refuse(option: str, value: object, allowed: str) -> None:
    raise InputError(f"{option}: received {shown(value, 200)}; {allowed} is expected")
