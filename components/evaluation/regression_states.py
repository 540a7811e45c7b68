"""Sums over the examples of a regression, from which its metrics and their intervals follow."""

import numpy as np

from analysis import intervals, overall
from components.evaluation.forecast_state import EXAMPLE_COUNT
from schemas.records import Interval


class RegressionState:
    """Sums of a regression's errors, in the label's unit; and of their logarithms', where the label is learned so.

    Attributes:
      sums: float64[6], the examples, and the sums of absolute errors, of their second and fourth powers, and of the second and
        fourth powers of the errors of log(1 + x).
    """

    def __init__(self, log: bool = False) -> None:
        self._log = log
        self.sums = np.zeros(6)

    def add(self, labels: np.ndarray, values: np.ndarray) -> None:
        """labels and values float32[N]."""
        # In float64: the squares of errors in the millions would lose their digits in a float32 sum.
        flat = values.reshape(-1).astype(np.float64)
        errors = flat - labels
        ratios = np.log1p(np.maximum(flat, 0)) - np.log1p(labels) if self._log else np.zeros(len(labels))
        # NaN would pass or miss a bound by chance, and minus infinity would be taken for 0.
        finite = np.isfinite(errors)
        errors, ratios = (np.where(finite, found, np.inf) for found in (errors, ratios))
        powers = ((errors**power).sum() for power in (2, 4)), ((ratios**power).sum() for power in (2, 4))
        self.sums += (len(labels), np.abs(errors).sum(), *powers[0], *powers[1])

    def merge(self, other: "RegressionState") -> None:
        """Adds the sums of other examples."""
        self.sums += other.sums

    def metrics(self) -> dict[str, float]:
        """``example_count``, ``rmse`` and ``mae`` in the label's unit, and ``rmsle`` where the logarithm is learned."""
        count, absolute, squared, _, logarithmic, _ = self.sums
        found = {EXAMPLE_COUNT: count, "rmse": float(np.sqrt(squared / count)), "mae": absolute / count}
        return found | ({"rmsle": float(np.sqrt(logarithmic / count))} if self._log else {})

    def intervals(self) -> dict[str, Interval]:
        """Of ``metrics`` but the count."""
        count, absolute, squared, fourth, logarithmic, logarithmic_fourth = self.sums
        found = {
            "rmse": intervals.root_mean(squared, fourth, count),
            "mae": intervals.mean(absolute, squared, count, at_least=0),
        }
        return found | ({"rmsle": intervals.root_mean(logarithmic, logarithmic_fourth, count)} if self._log else {})


class IntervalState(RegressionState):
    """A regression's sums, and those of its intervals.

    Attributes:
      sums: as of RegressionState.
      ends: float64[3], the labels that lie within, and the sums of the widths and of their squares.
    """

    def __init__(self, log: bool = False) -> None:
        super().__init__(log)
        self.ends = np.zeros(3)

    def add(self, labels: np.ndarray, answers: np.ndarray) -> None:
        """labels float32[N]; answers float32[N, 3]: value, low, high."""
        super().add(labels, answers[:, 0])
        low, high = answers[:, 1].astype(np.float64), answers[:, 2].astype(np.float64)
        within, widths = overall.within(labels, low, high), overall.widths(low, high)
        self.ends += within.sum(), widths.sum(), (widths**2).sum()

    def merge(self, other: "RegressionState") -> None:
        """Adds the sums of other examples."""
        super().merge(other)
        assert isinstance(other, IntervalState)
        self.ends += other.ends

    def metrics(self) -> dict[str, float]:
        """As of RegressionState; also ``coverage``, 0 to 1, and ``width``, the mean one in the label's unit."""
        within, width, _ = self.ends / self.sums[0]
        return super().metrics() | {"coverage": within, "width": width}

    def intervals(self) -> dict[str, Interval]:
        """Of ``metrics`` but the count."""
        (within, width, squared), count = self.ends, self.sums[0]
        return super().intervals() | {
            "coverage": intervals.proportion(within, count),
            "width": intervals.mean(width, squared, count, at_least=0),
        }
