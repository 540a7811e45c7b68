"""The picture of a search: the train and eval loss of each trial, by stage, with the naive baseline and the best one."""

from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from analysis.trials import NAIVE, Search, Trial
from schemas.files import replacing

_BLUE, _ORANGE, _GREY, _GREEN = "#2a6fb0", "#d1661b", "#777777", "#2c8a4b"
_INCHES, _DPI = (11, 5.2), 130
_MOST_CHARACTERS = 34


def draw(search: Search, file: Path) -> None:
    """Writes a PNG."""
    from matplotlib.figure import Figure

    figure = Figure(_INCHES, _DPI, layout="constrained")  # of no window system: nothing global is touched
    axes = figure.subplots()
    trained = [trial for trial in search.trials if trial.number]
    places = np.arange(1, len(trained) + 1)
    for name, losses, colour, style in (
        ("train loss", [trial.train_loss for trial in trained], _ORANGE, "s--"),
        ("eval loss", [trial.eval_loss for trial in trained], _BLUE, "o-"),
    ):
        axes.plot(places, np.array(losses, float), style, color=colour, linewidth=1, markersize=5, label=name)
    _marks(axes, search, trained)
    axes.set_yscale("log")
    axes.set_ylabel("loss, without penalties")
    axes.set_xticks(places, [_name(trial) for trial in trained], rotation=50, ha="right", fontsize=8)
    axes.set_xlim(0.5, len(trained) + 0.5)
    axes.set_title(f"{search.dataset}: {len(trained)} trials, judged on {search.examples['eval']} eval examples")
    axes.legend(fontsize=8)
    with replacing(file) as part:
        figure.savefig(part, format="png")


def _marks(axes: Any, search: Search, trained: list[Trial]) -> None:
    naive = next((trial.eval_loss for trial in search.trials if trial.stage == NAIVE), None)
    if naive is not None:
        axes.axhline(naive, color=_GREY, linestyle=":", label=f"naive baseline, eval loss {naive:.4g}")
    best = search.best_trial
    if best.eval_loss is not None:
        label = f"best: {best.what}, eval loss {best.eval_loss:.4g}"
        axes.plot([best.number], [best.eval_loss], "*", color=_GREEN, markersize=15, label=label)
    end = 0.5
    for shaded, (stage, its) in enumerate(groupby(trained, key=lambda trial: trial.stage)):
        begin, end = end, end + len(list(its))
        if shaded % 2 == 0:
            axes.axvspan(begin, end, color=_GREY, alpha=0.08, linewidth=0)
        axes.text(
            (begin + end) / 2, 0.99, stage, transform=axes.get_xaxis_transform(), ha="center", va="top", fontsize=8
        )


def _name(trial: Trial) -> str:
    text = trial.what if len(trial.what) <= _MOST_CHARACTERS else f"{trial.what[: _MOST_CHARACTERS - 1]}…"
    return f"{trial.number} {text}"
