"""The next values of a series."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from schemas import problems
from schemas.problems import Problem
from schemas.tasks.task import VALUES, Metric, Task

HISTORY = "history"
"""The input with the last values of a series, the oldest first."""
STEP = "step"
"""The column of predictions that says how many steps ahead a value is, from 1."""
GAPS = ("fill", "ignore")


@dataclass(frozen=True, kw_only=True)
class Forecast(Task):
    """The next ``horizon`` values of a series, from its last ``window`` values.

    Examples are windows over the rows of a series in the order of their times. The model learns the values to come on the
    window's own scale: the last value subtracted, divided by the window's standard deviation; the exported graph undoes it.

    Attributes:
      time: the column of times.
      series: the columns that say which series a row is of; none where there is one.
      window: how many values the model sees.
      horizon: how many it answers.
      season: after how many steps a series is thought to repeat itself, for the seasonal baseline; 0 for the one of its step:
        24 hours, 7 days, 52 weeks, 12 months, 4 quarters, else none.
      gaps: ``fill``: the step between two times is found, and where a time is missing within a series, the value before
        stands for it in the window, while windows whose values to come have one are left out; ``ignore``: rows follow each
        other, whatever time is between them, as on trading days.
      time_format: as ``schemas.splits.Splits.time_format``.
    """

    kind: ClassVar[str] = VALUES
    time: str
    series: tuple[str, ...] = ()
    window: int = 28
    horizon: int = 7
    season: int = 0
    gaps: str = "fill"
    time_format: str = ""

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """Mean absolute error by that of the last-value forecast and by that of the seasonal one; ``mae`` and ``rmse``."""
        return Metric("mase", False), Metric("seasonal_mase", False), Metric("mae", False), Metric("rmse", False)

    @property
    def output(self) -> dict[str, Any]:
        """See ``Task.output``: a number for each step ahead, on the window's scale."""
        return {"name": "scaled_values", "units": self.horizon, "dtype": "float32"}

    @property
    def judged(self) -> tuple[str, ...]:
        """See ``Task.judged``: float[N, horizon]."""
        return ("values",)

    @property
    def label_width(self) -> int:
        """How many numbers an example's label has: the values that came, the seasonal forecast of each, and the last value.

        With the forecasts beside it, whoever has the label can judge an answer against the naive baselines.
        """
        return 2 * self.horizon + 1

    def problems(self) -> Iterator[Problem]:
        """See ``Task.problems``."""
        yield from super().problems()
        yield from problems.text("time", self.time)
        yield from problems.strings("series", self.series)
        yield from problems.number("window", self.window, 2, 10_000, whole=True)
        yield from problems.number("horizon", self.horizon, 1, 1_000, whole=True)
        yield from problems.number("season", self.season, 0, 100_000, whole=True)
        yield from problems.one_of("gaps", self.gaps, GAPS)
        if not isinstance(self.time_format, str):
            yield Problem("time_format", self.time_format, "a string")
        for name in ("label", "time"):
            if getattr(self, name) in (self.series if isinstance(self.series, tuple) else ()):
                yield Problem("series", self.series, f"columns without the {name}")
        if self.label == self.time:
            yield Problem("time", self.time, "another column than the label")
