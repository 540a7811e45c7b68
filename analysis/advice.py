"""One change of a setting that is likely to mend what a fit diagnosis found, as KEY=VALUE of ``--set``."""

from collections.abc import Iterator, Mapping
from typing import Any

_MOST_DROPOUT = 0.5
Settings = Mapping[str, Any]


def of(kind: str, settings: Settings, *, still_falls: bool, classifies: bool) -> tuple[str, str]:
    """A setting and why it is worth a try; two empty texts where none is.

    Args:
      kind: of ``FitDiagnosis``.
      settings: those that the page has, of its model and its training, with their values.
      still_falls: whether the eval loss still fell at the end of the training.
      classifies: whether the task is a classification.
    """
    candidates = {
        "overfits": _regularised,
        "too little data": _augmented,
        "underfits": _longer if still_falls else _larger,
        "label noise": _smoothed if classifies else _robust,
    }
    if kind not in candidates:
        return "", ""
    return next(candidates[kind](settings), ("", ""))


def _regularised(settings: Settings) -> Iterator[tuple[str, str]]:
    dropout = settings.get("dropout")
    if dropout is not None and dropout < _MOST_DROPOUT:
        yield (
            f"dropout={min(_MOST_DROPOUT, round(dropout + 0.2, 2)):g}",
            "more dropout keeps units from relying on each other",
        )
    if "l2" in settings:
        yield f"l2={_more(settings['l2'], 1e-4):g}", "a penalty on large weights makes the model smoother"
    yield f"weight_decay={_more(settings['weight_decay'], 1e-4):g}", "smaller weights make the model smoother"


def _augmented(settings: Settings) -> Iterator[tuple[str, str]]:
    if "shift" in settings and not settings["shift"]:
        yield "shift=0.1", "pictures that are moved at random stand for more examples; more real ones are better"
    if settings["ensemble"] < 4:
        yield "ensemble=4", "the mean of several models depends less on few examples; more examples are better"
    yield from _regularised(settings)


def _longer(settings: Settings) -> Iterator[tuple[str, str]]:
    yield f"epochs={2 * settings['epochs']}", "the training ended before the eval loss had stopped falling"


def _larger(settings: Settings) -> Iterator[tuple[str, str]]:
    for name in ("hidden", "filters", "width"):
        if settings.get(name):
            yield f"{name}={_doubled(settings[name])}", "a larger model can tell more examples apart"
    if settings.get("dropout"):
        yield "dropout=0", "dropout keeps a model that is small already from learning"
    yield f"learning_rate={3 * settings['learning_rate']:g}", "larger steps may leave a plateau"


def _smoothed(settings: Settings) -> Iterator[tuple[str, str]]:
    if not settings["label_smoothing"]:
        yield "label_smoothing=0.1", "smoothed labels cost less where they are wrong"


def _robust(settings: Settings) -> Iterator[tuple[str, str]]:
    if settings.get("loss", "huber") != "huber":
        yield "loss=huber", "an error counts by its size, and not by its square: wrong labels pull less"


def _more(value: float, least: float) -> float:
    return 3 * value if value else least


def _doubled(value: Any) -> str:
    sizes = value if isinstance(value, list | tuple) else [value]
    return ",".join(str(2 * size) for size in sizes)
