"""The gateway's metrics, in Prometheus' text format at /metrics."""

import platform

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.001, 0.002, 0.004, 0.008, 0.015, 0.03, 0.06, 0.12, 0.25, 0.5, 1, 2, 4, 8, 16)


class Metrics:
    """The gateway's counters. A model that has no card is counted as ``""``: clients must not be able to make new series."""

    def __init__(self) -> None:
        disable_created_metrics()  # else each counter has a second series, its time of creation
        # The default registry is the process's, and refuses the names of a second gateway in it.
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        GCCollector(registry=self._registry)
        self._requests = Counter(
            "slipway_gateway_requests",
            "Requests answered.",
            ("model", "route", "method", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "slipway_gateway_request_seconds",
            "Seconds from a request's header to the end of its answer.",
            ("model", "route"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._upstream = Histogram(
            "slipway_gateway_upstream_seconds",
            "Seconds of a call to the model server, by its gRPC code.",
            ("model", "code"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self.in_flight = Gauge("slipway_gateway_in_flight", "Predictions under way.", registry=self._registry)
        self.retries = Counter(
            "slipway_gateway_retries", "Calls made again.", ("model", "reason"), registry=self._registry
        )
        self.breaker = Gauge(
            "slipway_gateway_breaker_state",
            "0 closed, 1 half open, 2 open.",
            ("model",),
            registry=self._registry,
        )
        self.upstream_up = Gauge(
            "slipway_gateway_upstream_up", "1 if the model server answers.", registry=self._registry
        )
        self.dropped = Gauge(
            "slipway_gateway_log_lines_dropped", "Lines lost because nobody read the log.", registry=self._registry
        )
        build = Gauge("slipway_gateway_build_info", "Always 1.", ("python", "implementation"), registry=self._registry)
        build.labels(platform.python_version(), platform.python_implementation()).set(1)

    def answered(self, model: str, route: str, method: str, status: int, seconds: float) -> None:
        """Counts a request that was answered; ``seconds`` from its header to the end of the answer."""
        self._requests.labels(model, route, method, status).inc()
        self._seconds.labels(model, route).observe(seconds)

    def called(self, model: str, code: str, seconds: float) -> None:
        """Observes a call to the model server that took ``seconds``; ``code`` is the name of its gRPC status."""
        self._upstream.labels(model, code).observe(seconds)

    def text(self) -> bytes:
        """All metrics in Prometheus' text format 0.0.4, UTF-8."""
        return generate_latest(self._registry)
