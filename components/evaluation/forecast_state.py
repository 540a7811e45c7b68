"""The sums that a forecast's metrics take, and its two naive baselines'.

A label has what came, the seasonal forecast of each step and the last value (schemas.tasks.Forecast.label_width), so that
nobody needs the history to know what the naive forecasts say. An error is scaled by the mean absolute error of a naive
forecast of the same values: Hyndman and Koehler (2006), whose MASE has it of the training data instead. 1 is as good as that
forecast.
"""

import math

import numpy as np

from analysis import intervals
from schemas.records import Interval

EXAMPLE_COUNT = "example_count"
_NORMAL = 1.959963984540054  # the 97.5% quantile


class ForecastState:
    """Sums over windows; of each the mean absolute error over its steps, of the model and of the naive forecasts.

    Attributes:
      sums: float64[11], the windows; the sums of the errors of model, last value and season; of their squares; of the products
        of the model's with either; and of the mean squared errors and their squares.
    """

    def __init__(self, horizon: int) -> None:
        self._horizon = horizon
        self.sums = np.zeros(11)

    def add(self, labels: np.ndarray, values: np.ndarray) -> None:
        """labels float32[N, label_width]; values float32[N, horizon]."""
        truth, season, last = self._parts(labels.reshape(len(labels), -1).astype(np.float64))
        forecast = values.reshape(len(labels), self._horizon).astype(np.float64)
        # An answer that is not finite is as wrong as can be.
        errors = np.where(np.isfinite(forecast), np.abs(forecast - truth), np.inf)
        own = errors.mean(axis=1)
        naive = np.abs(last - truth).mean(axis=1), np.abs(season - truth).mean(axis=1)
        squared = (errors**2).mean(axis=1)
        each = (own, *naive, own**2, *(one**2 for one in naive), *(own * one for one in naive), squared, squared**2)
        with np.errstate(invalid="ignore"):  # infinite by 0
            self.sums += (len(labels), *(one.sum() for one in each))

    def _parts(self, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return labels[:, : self._horizon], labels[:, self._horizon : 2 * self._horizon], labels[:, -1:]

    def merge(self, other: "ForecastState") -> None:
        """Adds the sums of other windows."""
        self.sums += other.sums

    def metrics(self) -> dict[str, float]:
        """``example_count`` (windows), ``mase``, ``seasonal_mase``; ``mae`` and ``rmse`` in the label's unit."""
        count, own, last, season, *_, squared, _ = self.sums
        return {
            EXAMPLE_COUNT: count,
            "mase": _ratio(own, last),
            "seasonal_mase": _ratio(own, season),
            "mae": own / count,
            "rmse": math.sqrt(squared / count) if math.isfinite(squared) else math.inf,
        }

    def intervals(self) -> dict[str, Interval]:
        """Of ``metrics`` but the count, as if windows were independent: those of one series overlap, so they are narrow."""
        count, own, last, season, own2, last2, season2, by_last, by_season, squared, fourth = self.sums
        return {
            "mase": _ratio_interval(count, own, last, own2, last2, by_last),
            "seasonal_mase": _ratio_interval(count, own, season, own2, season2, by_season),
            "mae": intervals.mean(own, own2, count, at_least=0),
            "rmse": intervals.root_mean(squared, fourth, count),
        }


def _ratio(own: float, naive: float) -> float:
    """NaN where the naive forecast makes no error, so that nothing can be better."""
    return own / naive if naive else math.nan


def _ratio_interval(count: float, own: float, naive: float, own2: float, naive2: float, product: float) -> Interval:
    """Of a ratio of means, by the delta method: the variance of the differences own - ratio x naive."""
    ratio = _ratio(own, naive)
    if not math.isfinite(ratio):
        return Interval(None, None, None)
    if count < 2:
        return Interval(ratio, None, None)
    spread = max(0.0, own2 - 2 * ratio * product + ratio**2 * naive2)  # their sum is 0
    half = _NORMAL * math.sqrt(spread * count / (count - 1)) / naive
    return Interval(ratio, max(0.0, ratio - half), ratio + half)
