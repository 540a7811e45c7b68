"""Why a trained model answers as it does to some examples: attributions by raw column, by word and by pixel.

What is explained is the probability of the class that the model answers, or the value in the label's unit. What it is compared
with:

- numbers, categories and numbers in ranges: their mean over test examples after encoding; of a category that is the share of
  each name in its one-hot vector, or the mean of its embeddings. This average example stands for knowing nothing. Were it one
  category, the most frequent say, that one would get no attribution wherever it occurs;
- texts: every word's vector is zero (Sundararajan et al., 2017), as if no word was there; how many there are stays;
- pictures: black. Strokes on black, as MNIST has them, are so explained by their ink; of a photograph, black pixels get none.

A derived feature's attribution is divided equally among the columns that it is computed of.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from analysis.predictions import Predictions
from analysis.records import Attribution, Part
from components.evaluation import words
from components.evaluation.shares import Examples, Shares, shares_of
from components.features import raw
from schemas.description import Description
from schemas.errors import InputError
from schemas.features import Feature, Image, Text

_SAMPLE = 1000  # test examples whose mean is the reference
_DIGITS = 4  # of a heat map's numbers


@dataclass(frozen=True)
class Explanation:
    """Attributions, and how they were made.

    Attributes:
      reference: what the answers are compared with, in words.
      method: in words.
      attributions: one for each row, in the order of the rows.
      notes: what was left out or is imprecise.
    """

    reference: str
    method: str
    attributions: tuple[Attribution, ...]
    notes: tuple[str, ...] = ()


def explain(
    loaded: Any, model: Path, description: Description, predictions: Predictions, rows: Sequence[int]
) -> Explanation:
    """The attributions of some rows of predictions.parquet.

    Args:
      loaded: the SavedModel, as ``tf.saved_model.load`` gives it.
      model: its folder.
      description: of the dataset.
      predictions: with the raw columns of at least these rows; the reference is made of a sample of all rows.
      rows: which ones.

    Raises:
      InputError: the model was exported without the functions that explain it.
    """
    if not hasattr(loaded, "answer"):
        raise InputError(f"the model {model} was exported by an older version, and cannot be explained; train it again")
    columns = raw.of_predictions(predictions, rows)
    encoded, sample = loaded.encode(columns), {}
    features, size = description.features, 0
    if any(not isinstance(feature, Text | Image) for feature in features.values()):
        size = min(_SAMPLE, len(predictions))
        chosen = np.linspace(0, len(predictions) - 1, size).astype(int).tolist()
        sample = loaded.encode(raw.of_predictions(predictions, chosen))
    classes = predictions.classes
    targets = None if classes is None else tf.constant(predictions.answers[list(rows)])
    shares = shares_of(loaded.answer, features, Examples(encoded, targets, sample))
    names = [description.task.label if classes is None else classes[predictions.answers[row]] for row in rows]
    parts = _parts(model, description, columns, encoded, shares)
    heats = _heats(features, shares, len(rows))
    found = tuple(
        Attribution(row, target, score, reference, gap, tuple(part), heat)
        for row, target, score, reference, gap, part, heat in zip(
            rows,
            names,
            shares.attributed.scores.tolist(),
            shares.attributed.reference_scores.tolist(),
            shares.attributed.gaps.tolist(),
            parts,
            heats,
            strict=True,
        )
    )
    return Explanation(_reference(features, size, occluded=shares.occluded), shares.method, found)


def _parts(
    model: Path,
    description: Description,
    columns: dict[str, tf.Tensor],
    encoded: dict[str, tf.Tensor],
    shares: Shares,
) -> list[list[Part]]:
    """By example, the parts of raw columns, or of the words of the only one; none for a single picture."""
    kinds = description.raw()
    if len(kinds) == 1:
        ((name, feature), *others) = description.features.items()
        if isinstance(feature, Image) and not others:
            return [[] for _ in shares.attributed.scores]
        if isinstance(feature, Text) and not others and feature.derived is None:
            return _word_parts(model, name, feature, columns[name], encoded[name].numpy(), shares.by_feature[name])
    totals, values = _by_column(description, shares), {name: column.numpy() for name, column in columns.items()}
    return [
        [Part(name, _shown(values[name][index], kind), float(totals[name][index])) for name, kind in kinds.items()]
        for index in range(len(shares.attributed.scores))
    ]


def _by_column(description: Description, shares: Shares) -> dict[str, np.ndarray]:
    """Attributions by raw column, float64[N]."""
    totals = {name: np.zeros(len(shares.attributed.scores)) for name in description.raw()}
    for name, feature in description.features.items():
        share = shares.by_feature[name].reshape(len(shares.attributed.scores), -1).sum(axis=1)
        columns = [name] if feature.derived is None else feature.of
        for column in columns:
            totals[column] += share / len(columns)
    return totals


def _shown(value: Any, kind: str) -> str:
    """A raw value as text: "" for a missing one, and for a picture."""
    if kind == "number":
        return "" if np.isnan(value) else f"{float(value):.6g}"
    return value.decode() if kind == "string" else ""


def _word_parts(
    model: Path, name: str, feature: Text, texts: tf.Tensor, ids: np.ndarray, shares: np.ndarray
) -> list[list[Part]]:
    cut = words.words_of(texts, feature)
    if feature.encoding == "ids":
        found = [words.in_order(*one) for one in zip(cut, shares, strict=True)]
    else:
        vocabulary = words.vocabulary_of(model, name)
        found = [words.by_ngram(*one, vocabulary, feature.ngrams) for one in zip(cut, ids, shares, strict=True)]
    return [[Part(word, "", share) for word, share in text] for text in found]


def _heats(features: dict[str, Feature], shares: Shares, rows: int) -> list[tuple[tuple[float, ...], ...]]:
    """By example, the attributions of the pixels of the only picture; empty where there is none or several."""
    pictures = [name for name, feature in features.items() if isinstance(feature, Image)]
    if len(pictures) != 1 or shares.occluded:
        return [()] * rows
    return [
        tuple(tuple(map(_rounded, line)) for line in picture) for picture in shares.by_feature[pictures[0]].tolist()
    ]


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


def _reference(features: dict[str, Feature], sampled: int, *, occluded: bool) -> str:
    """What answers are compared with, for the kinds of features that there are."""
    kinds = {type(feature) for feature in features.values()}
    texts = []
    if sampled and occluded:
        texts.append(f"the mean of a number and the most frequent category of {sampled} test examples")
    elif sampled:
        texts.append(f"the average of {sampled} test examples (of a category, the share of each name)")
    if Text in kinds:
        texts.append("a text of unknown words" if occluded else "a text of as many words whose vectors are zero")
    if Image in kinds:
        texts.append("a black picture")
    return "; ".join(texts)
