"""Pictures of a forecast: some against what happened, and how large the errors are by step ahead."""

import numpy as np

from analysis.predictions import INPUT, Predictions
from reports import wording
from reports.figures import scale
from reports.figures.figure import Axis, Bars, Figure, Line
from reports.material import Material
from schemas.tasks import Forecast
from schemas.tasks.forecast import HISTORY

SHOWN = 3  # windows
_PAST = 4  # horizons of the past that are drawn


def figures(material: Material, found: Predictions, task: Forecast) -> list[Figure]:
    """Of predictions.parquet (``found``), which has a row for each step of each window."""
    windows = len(found) // task.horizon
    chosen = np.unique(np.linspace(0, windows - 1, min(SHOWN, windows)).astype(int)).tolist()
    rows = material.rows([window * task.horizon for window in chosen])
    pasts = [rows[window * task.horizon][INPUT + HISTORY] for window in chosen]
    pairs = enumerate(zip(chosen, pasts, strict=True), 1)
    drawn = [_forecast(found, task, window, past, number, windows) for number, (window, past) in pairs]
    return [*drawn, _by_step(found, task)]


def _forecast(found: Predictions, task: Forecast, window: int, history: str, number: int, windows: int) -> Figure:
    rows = slice(window * task.horizon, (window + 1) * task.horizon)
    truth, answers = found.labels[rows].tolist(), found.answers[rows].tolist()
    past = [float(one) for one in history.split(" ")][-_PAST * task.horizon :]
    before = list(range(1 - len(past), 1))
    ahead = list(range(1, task.horizon + 1))
    origin = found.table["key"][rows.start].as_py().rpartition(" +")[0]
    return Figure(
        slug=f"forecast_{number}",
        title=f"Forecast from {origin}",
        text=f"What was known, what came and what was forecast: window {window + 1:,} of {windows:,} of the test split, "
        "evenly chosen and not by how good it is.",
        x=Axis("steps from the last known value", before[0], task.horizon, whole=True),
        y=Axis(task.label, *scale.around([*past, *truth, *answers])),
        marks=(
            Line("known", before, past, 0),
            Line("came", [0, *ahead], [past[-1], *truth], 1),
            Line("forecast", [0, *ahead], [past[-1], *answers], 2, dashed=True),
        ),
        columns=("step", "came", "forecast"),
        rows=tuple(
            (str(step), wording.number(came), wording.number(answer))
            for step, came, answer in zip(ahead, truth, answers, strict=True)
        ),
    )


def _by_step(found: Predictions, task: Forecast) -> Figure:
    errors = np.abs(found.labels - found.answers).reshape(-1, task.horizon)
    means = errors.mean(axis=0).tolist()
    edges = [step + 0.5 for step in range(task.horizon + 1)]
    return Figure(
        slug="error_by_step",
        title="Error by step ahead",
        text="The mean absolute error of the values that are so many steps ahead: the farther, the less is known.",
        x=Axis("steps ahead", edges[0], edges[-1], whole=True),
        y=Axis(f"mean absolute error, in the unit of {task.label}", 0, max([*means, 0.0]) * 1.08 or 1.0),
        marks=(Bars("", edges, means, 1),),
        columns=("steps ahead", "mean absolute error"),
        rows=tuple((str(step), wording.number(mean)) for step, mean in enumerate(means, 1)),
    )
