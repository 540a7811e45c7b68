"""The picture of a K-fold: the folds' primary metric side by side with its mean and interval, and their learning curves."""

from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np

from analysis.folds import CrossValidation
from schemas.curves import Curve
from schemas.files import replacing

_BLUE, _ORANGE, _GREY = "#2a6fb0", "#d1661b", "#777777"
_INCHES, _DPI = (11, 4.6), 130
_MANY = 12  # folds: more have no room for their names below


def draw(result: CrossValidation, curves: Sequence[Sequence[Curve]], file: Path) -> None:
    """Writes a PNG.

    Args:
      curves: of each fold in the order of ``result.results``, one for each model of its ensemble.
    """
    from matplotlib.figure import Figure

    figure = Figure(_INCHES, _DPI, layout="constrained")  # of no window system: nothing global is touched
    values, losses = figure.subplots(1, 2)
    _values(values, result)
    _losses(losses, curves)
    times = "" if result.repeats == 1 else f", {result.repeats} times"
    figure.suptitle(f"{result.dataset}: {result.folds} folds of {result.rows} examples{times}")
    with replacing(file) as part:
        figure.savefig(part, format="png")


def _values(axes: Any, result: CrossValidation) -> None:
    primary, found = result.primary, result.metrics[result.primary]
    places = np.arange(1, len(result.results) + 1)
    reached = np.array([one.metrics[primary] for one in result.results], float)
    axes.plot(places, reached, "o", color=_BLUE, label="folds")
    axes.plot(places, [one.naive[primary] for one in result.results], "x", color=_GREY, label="naive baseline")
    mean = found.mean
    if mean.value is not None:
        axes.axhline(mean.value, color=_BLUE, label=f"mean {mean.value:.4f}")
    if mean.low is not None and mean.high is not None:
        label = f"corrected 95% interval of the mean\n{mean.low:.4f} to {mean.high:.4f}"
        axes.axhspan(mean.low, mean.high, color=_BLUE, alpha=0.15, label=label)
    names = [str(one.fold) if result.repeats == 1 else f"{one.repeat}.{one.fold}" for one in result.results]
    few = places if len(places) <= _MANY else places[:: result.folds]
    axes.set_xticks(few, [names[place - 1] for place in few])
    axes.set_xlabel("fold" if result.repeats == 1 else "repeat.fold")
    axes.set_ylabel(primary)
    axes.set_title(f"{primary} of each fold")
    axes.legend(fontsize=8)


def _losses(axes: Any, curves: Sequence[Sequence[Curve]]) -> None:
    """Of an ensemble the mean of its models that are still in training at an epoch."""
    for number, of_fold in enumerate(curves):
        for split, colour, style in (("train", _ORANGE, "--"), ("eval", _BLUE, "-")):
            members = [[float(getattr(epoch, split)["loss"]) for epoch in curve.epochs] for curve in of_fold]
            means = [np.nanmean(losses) for losses in zip_longest(*members, fillvalue=np.nan)]
            epochs = np.arange(1, len(means) + 1)
            label = f"{split} loss" if number == 0 else None
            axes.plot(epochs, means, style, color=colour, linewidth=1, alpha=0.8, label=label)
    axes.set_yscale("log")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_xlabel("epoch")
    axes.set_ylabel("loss")
    axes.set_title("learning curves, a line for each fold")
    axes.legend(fontsize=8)
