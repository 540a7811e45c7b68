"""The figures of a schedule's outcome: rates, percentiles, errors by class, the lag of the generator itself."""

import dataclasses
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from serving.load_test.open_loop import NOT_SENT, Outcome, Plan
from serving.load_test.result import FiguresJson, Window

SUSTAINED_RATE = 0.95  # of the offered rate must be achieved
SUSTAINED_ANSWERS = 0.99  # of the requests must be answered
BEHIND_MS = 10.0  # a generator whose p99 lag is above this measures itself
_WINDOWS = 60
Numbers = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Spread:
    """Percentiles and maximum in milliseconds, None where there is nothing to count."""

    p50: float | None
    p95: float | None
    p99: float | None
    max: float | None

    @classmethod
    def of(cls, seconds: Numbers) -> "Spread":
        """Percentiles by the nearest rank (numpy's ``inverted_cdf``) of float64[n] seconds, rounded to microseconds."""
        if not len(seconds):
            return cls(None, None, None, None)
        # No interpolation: each figure is a latency that some request really had.
        found = np.percentile(seconds, [50, 95, 99, 100], method="inverted_cdf") * 1e3
        return cls(*(round(float(value), 3) for value in found))


@dataclass(frozen=True)
class Figures:
    """One rate's figures.

    Attributes:
      offered: requests a second, as scheduled.
      achieved: answers a second, over the time from the first due request to the last answer, the schedule's own at least.
      requests, answered: how many.
      errors: count by class.
      error_texts: the server's text with the first of each class.
      latency: of answers, from when the request was due.
      latency_from_send: the same from when it was sent.
      refusals, refusals_from_send: of errors other than ``not sent``, alike.
      behind: how late the generator sent, against the schedule.
      processor_us: the generator's own processor time, microseconds a request.
      windows: figures over time.
    """

    offered: float
    duration: float
    achieved: float
    requests: int
    answered: int
    errors: dict[str, int]
    error_texts: dict[str, str]
    latency: Spread
    latency_from_send: Spread
    refusals: Spread
    refusals_from_send: Spread
    behind: Spread
    processor_us: float
    windows: list[Window]

    @property
    def generator_behind(self) -> bool:
        """Whether the generator, not the server, set these figures."""
        return (self.behind.p99 or 0.0) > BEHIND_MS

    def sustained(self, p99_limit_ms: float) -> bool:
        """Whether the server kept up: 95 % of the offered rate achieved, 99 % of the requests answered, and p99 in time.

        The rate alone would not do: a server that is a little too slow falls behind by so little in a few seconds that its
        rate looks right, while the wait grows without end; and one that refuses a few in a hundred is full.
        """
        in_time = self.latency.p99 is not None and self.latency.p99 <= p99_limit_ms
        answered = self.answered >= SUSTAINED_ANSWERS * self.requests
        return in_time and answered and self.achieved >= SUSTAINED_RATE * self.offered

    def as_json(self) -> FiguresJson:
        """The figures as ``load_test.json`` has them, ``generator_behind`` included."""
        return cast(FiguresJson, dataclasses.asdict(self) | {"generator_behind": self.generator_behind})


def figures(outcome: Outcome) -> Figures:
    """The figures of an outcome."""
    due, lag, latency = (np.asarray(values) for values in (outcome.due, outcome.lag, outcome.latency))
    right = np.array([error is None for error in outcome.errors])
    # What was not sent has no latency of the server; it counts as an error and nowhere else.
    unsent = np.array([error == NOT_SENT for error in outcome.errors])
    refused = ~right & ~unsent
    classes, counts = np.unique([error for error in outcome.errors if error], return_counts=True)
    ended = (due + latency)[right]
    # The schedule's own time at least: else a server that answers early would seem to exceed the offered rate.
    seconds = max(outcome.plan.counted / outcome.plan.rate, float(ended.max()) if len(ended) else 0.0)
    return Figures(
        offered=outcome.plan.rate,
        duration=outcome.plan.duration,
        achieved=round(len(ended) / seconds, 3),
        requests=len(due),
        answered=len(ended),
        errors={str(name): int(count) for name, count in zip(classes, counts, strict=True)},
        error_texts=outcome.texts,
        latency=Spread.of(latency[right]),
        latency_from_send=Spread.of((latency - lag)[right]),
        refusals=Spread.of(latency[refused]),
        refusals_from_send=Spread.of((latency - lag)[refused]),
        behind=Spread.of(lag[~unsent]),
        processor_us=round(outcome.processor_seconds * 1e6, 1),
        windows=_windows(outcome.plan, due[right], latency[right]),
    )


def _windows(plan: Plan, due: Numbers, latency: Numbers) -> list[Window]:
    """The answers by when they were due, in up to 60 windows of at least a quarter of a second."""
    count = int(min(_WINDOWS, max(plan.duration / 0.25, 1)))
    width = plan.duration / count
    found: list[Window] = []
    for index in range(count):
        inside = latency[(due >= index * width) & (due < (index + 1) * width)]
        spread = Spread.of(inside)
        at, achieved = round((index + 0.5) * width, 3), round(len(inside) / width, 3)
        found.append({"at": at, "achieved": achieved, "p50": spread.p50, "p95": spread.p95, "p99": spread.p99})
    return found
