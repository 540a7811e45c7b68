"""The picture of a search: train and eval loss of each trial from top to bottom, the naive baseline, and the best one."""

from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from analysis.trials import Search, Trial
from schemas.files import replacing

_BLUE, _ORANGE, _GREY, _GREEN = "#2a6fb0", "#d1661b", "#777777", "#2c8a4b"
_WIDTH, _HEIGHT, _A_TRIAL, _DPI = 9.5, 1.6, 0.27, 130  # inches
_MOST_CHARACTERS = 48


def draw(search: Search, file: Path) -> None:
    """Writes a PNG."""
    from matplotlib.figure import Figure

    trained = [trial for trial in search.trials if trial.number]
    # Of no window system: nothing global is touched.
    figure = Figure((_WIDTH, _HEIGHT + _A_TRIAL * len(trained)), _DPI, layout="constrained")
    axes = figure.subplots()
    _stages(axes, trained)
    places = np.arange(1, len(trained) + 1)
    for name, losses, colour, style in (
        ("train loss", [trial.train_loss for trial in trained], _ORANGE, "s--"),
        ("eval loss", [trial.eval_loss for trial in trained], _BLUE, "o-"),
    ):
        axes.plot(np.array(losses, float), places, style, color=colour, linewidth=1, markersize=5, label=name)
    _marks(axes, search)
    axes.set_xscale("log")
    axes.set_xlabel("loss, without penalties")
    axes.set_yticks(places, [_name(trial) for trial in trained], fontsize=9)
    axes.set_ylim(len(trained) + 0.5, 0.5)
    axes.set_title(f"{search.dataset}: {len(trained)} trials, compared on {search.examples['eval']} eval examples")
    figure.legend(loc="outside lower center", ncols=4, fontsize=9)
    with replacing(file) as part:
        figure.savefig(part, format="png")


def _stages(axes: Any, trained: list[Trial]) -> None:
    end = 0.5
    for number, (stage, its) in enumerate(groupby(trained, key=lambda trial: trial.stage)):
        begin, end = end, end + len(list(its))
        axes.axhspan(begin, end, color=_GREY, alpha=0.1 if number % 2 else 0.03, linewidth=0)
        axes.text(
            1.01, (begin + end) / 2, stage, transform=axes.get_yaxis_transform(), va="center", fontsize=9, color=_GREY
        )


def _marks(axes: Any, search: Search) -> None:
    naive = next((trial.eval_loss for trial in search.trials if not trial.number), None)
    if naive is not None:
        axes.axvline(naive, color=_GREY, linestyle=":", label=f"naive baseline, eval loss {naive:.4g}")
    best = search.best_trial
    if best.eval_loss is not None:
        label = f"best, eval loss {best.eval_loss:.4g}"
        axes.plot([best.eval_loss], [best.number], "*", color=_GREEN, markersize=14, label=label)


def _name(trial: Trial) -> str:
    text = trial.what if len(trial.what) <= _MOST_CHARACTERS else f"{trial.what[: _MOST_CHARACTERS - 1]}…"
    return f"{text}  {trial.number}"
