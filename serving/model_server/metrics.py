"""The counters and histograms of TensorFlow Serving, and their page for Prometheus.

The page is written here, not by prometheus_client: that one adds ``_total`` to a counter's name and a ``# HELP`` line,
and it writes limits and sums in another form, while dashboards for TensorFlow Serving expect these very names.
"""

import bisect
import itertools
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

_MICROSECONDS = 1e6
# Clients choose the model's name in a request: what they make up must not fill the memory.
_MOST_CELLS = 10_000
_LONGEST_VALUE = 256


def exponential(scale: float, growth: float, count: int) -> tuple[float, ...]:
    """The upper limits of ``count`` buckets, each ``growth`` times the one before; ``+Inf`` follows them."""
    return tuple(scale * growth**i for i in range(count))


# TensorFlow Serving's buckets (util.cc, batching_session.cc), in microseconds; sizes in rows.
_LATENCY = exponential(10, 1.8, 33)
_QUEUING = exponential(100, 1.2, 52)
_SIZES = exponential(1, 2, 15)


class Family(Protocol):
    """One metric with all its label values."""

    def lines(self) -> Iterator[str]:
        """Its lines in Prometheus' text format, the ``# TYPE`` line first."""


class Counter:
    """A sum per combination of label values. Thread-safe."""

    def __init__(self, name: str, *labels: str) -> None:
        self.name, self._labels = metric_name(name), labels
        self._values: dict[tuple[str, ...], int] = {}
        self._lock = threading.Lock()

    def add(self, values: Sequence[str] = (), amount: int = 1) -> None:
        """Adds ``amount`` under these label values."""
        with self._lock:
            key = _cell(self._values, values)
            self._values[key] = self._values.get(key, 0) + amount

    def total(self) -> int:
        """The sum over all label values."""
        with self._lock:
            return sum(self._values.values())

    def lines(self) -> Iterator[str]:
        """One line for each combination of label values."""
        # Without samples too, as TensorFlow Serving: a dashboard finds the metric before its first request.
        yield f"# TYPE {self.name} counter"
        with self._lock:
            # A copy under the lock: lines are consumed one by one while requests go on counting.
            found = sorted(self._values.items())
        for values, number in found:
            yield f"{self.name}{{{pairs(self._labels, values)}}} {number}"


class Histogram:
    """Counts per bucket, and the sum, per combination of label values. Thread-safe."""

    def __init__(self, name: str, limits: Sequence[float], *labels: str) -> None:
        self.name, self._labels, self._limits = metric_name(name), labels, limits
        self._texts = [f"{limit:.6g}" for limit in limits] + ["+Inf"]
        self._cells: dict[tuple[str, ...], tuple[list[int], list[float]]] = {}
        self._lock = threading.Lock()

    def add(self, value: float, values: Sequence[str] = ()) -> None:
        """Counts a value under these label values."""
        with self._lock:
            counts, total = self._cells.setdefault(_cell(self._cells, values), ([0] * len(self._texts), [0.0]))
            counts[bisect.bisect_right(self._limits, value)] += 1  # a value at a limit belongs above it
            total[0] += value

    def lines(self) -> Iterator[str]:
        """Cumulative ``_bucket`` lines, ``_sum`` and ``_count`` for each combination of label values."""
        yield f"# TYPE {self.name} histogram"
        with self._lock:
            cells = sorted((values, list(counts), total[0]) for values, (counts, total) in self._cells.items())
        for values, counts, total in cells:
            labels = pairs(self._labels, values)
            prefix = labels + "," if labels else ""
            for text, number in zip(self._texts, itertools.accumulate(counts), strict=True):
                yield f'{self.name}_bucket{{{prefix}le="{text}"}} {number}'
            yield f"{self.name}_sum{{{labels}}} {total:.6g}"
            yield f"{self.name}_count{{{labels}}} {sum(counts)}"


def _cell(cells: Mapping[tuple[str, ...], object], values: Sequence[str]) -> tuple[str, ...]:
    """The label values to count under: those given, or "..." where there are too many already."""
    key = tuple(value[:_LONGEST_VALUE] for value in values)
    return key if key in cells or len(cells) < _MOST_CELLS else ("...",) * len(key)


def metric_name(name: str) -> str:
    """A name of TensorFlow's monitoring, such as ``/tensorflow/serving/request_count``, as Prometheus takes it."""
    return _not_first_a_digit(re.sub(r"[^a-zA-Z0-9_]", ":", name))


def label_name(name: str) -> str:
    """A label's name as prometheus_exporter.cc makes it: other characters become underscores."""
    return _not_first_a_digit(re.sub(r"[^a-zA-Z0-9]", "_", name))


def _not_first_a_digit(name: str) -> str:
    return f"_{name}" if name[:1].isdigit() else name


def pairs(names: Sequence[str], values: Sequence[str]) -> str:
    """Labels with their values, backslashes and quotation marks escaped, and line ends, which would break the page."""
    escaped = (value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") for value in values)
    return ",".join(f'{label_name(name)}="{value}"' for name, value in zip(names, escaped, strict=True))


def page(families: Iterator[Family] | Sequence[Family]) -> bytes:
    """The text of the metrics page."""
    return "".join(f"{line}\n" for family in families for line in family.lines()).encode()


class Metrics:
    """What the model server counts. Times are given in seconds and written in microseconds. Thread-safe."""

    def __init__(self) -> None:
        serving, batching = "/tensorflow/serving/", "/tensorflow/serving/batching_session/"
        loading = "/tensorflow/cc/saved_model/"
        self._requests = Counter(serving + "request_count", "model_name", "status")
        self._latency = Histogram(serving + "request_latency", _LATENCY, "model_name", "API", "entrypoint")
        self._runtime = Histogram(serving + "runtime_latency", _LATENCY, "model_name", "API", "runtime")
        self._examples = Histogram(serving + "request_example_counts", _SIZES, "model")
        self._all_examples = Counter(serving + "request_example_count_total", "model")
        self._warmup = Histogram(serving + "model_warmup_latency", _LATENCY, "model_path", "status")
        self._warmup_records = Counter(serving + "model_warmup_records_read", "model_path", "status")
        self._queuing = Histogram(batching + "queuing_latency", _QUEUING, "thread_pool_name")
        self._padding = Histogram(batching + "padding_size", _SIZES, "execution_batch_size")
        self._input_batch = Histogram(batching + "input_batch_size", _SIZES)
        self._batch = Histogram(batching + "processed_batch_size", _SIZES)
        self._runs = Counter(batching + "wrapped_run_count")
        self._load_attempts = Counter(loading + "load_attempt_count", "model_path", "status")
        self._load_latency = Counter(loading + "load_latency", "model_path")
        # By name: TensorFlow collects its metrics in a std::map.
        families = [item for item in vars(self).values() if isinstance(item, Counter | Histogram)]
        self._families = sorted(families, key=lambda family: family.name)

    def request(self, model: str, status: str) -> None:
        """A request ended. ``status`` is a code's name: OK, NOT_FOUND ..."""
        self._requests.add((model, status))

    def latency(self, model: str, api: str, entrypoint: str, seconds: float) -> None:
        """A request succeeded. ``entrypoint`` is REST or GRPC; ``api`` the URL's verb for REST, else Predict ..."""
        self._latency.add(seconds * _MICROSECONDS, (model, api, entrypoint))

    def runtime(self, model: str, api: str, seconds: float) -> None:
        """A model ran. ``api`` is Predict, Classify, Regress ..."""
        self._runtime.add(seconds * _MICROSECONDS, (model, api, "TF1"))

    def examples(self, model: str, count: int) -> None:
        """A request brought this many examples (Predict: rows)."""
        self._examples.add(count, (model,))
        self._all_examples.add((model,), count)

    def warmup(self, path: str, status: str, seconds: float, records: int) -> None:
        """A version's warm-up ended after this many records."""
        self._warmup.add(seconds * _MICROSECONDS, (path, status))
        self._warmup_records.add((path, status), records)

    def queuing(self, thread_pool: str, seconds: float) -> None:
        """A request waited this long for its batch."""
        self._queuing.add(seconds * _MICROSECONDS, (thread_pool,))

    def batch(self, input_sizes: Sequence[int], processed_size: int) -> None:
        """A batch of requests of these sizes ran, padded to ``processed_size`` rows."""
        for size in input_sizes:
            self._input_batch.add(size)
        self._batch.add(processed_size)
        self._padding.add(processed_size - sum(input_sizes), (str(processed_size),))
        self._runs.add()

    def load_attempt(self, path: str, status: str) -> None:
        """A version's loading ended. ``status`` is success or fail."""
        self._load_attempts.add((path, status))

    def load_latency(self, path: str, seconds: float) -> None:
        """A version was loaded in this time."""
        self._load_latency.add((path,), round(seconds * _MICROSECONDS))

    def total(self, name: str) -> int:
        """The sum of a counter over all its labels, by TensorFlow's name of it; 0 for one that is not there."""
        exported = metric_name(name)
        return sum(
            family.total() for family in self._families if isinstance(family, Counter) and family.name == exported
        )

    def render(self) -> bytes:
        """The page, metrics and labels in alphabetical order."""
        return page(self._families)
