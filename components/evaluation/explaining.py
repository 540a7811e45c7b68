"""Why a trained model answers as it does to some examples: attributions by raw column, by word and by pixel.

What is explained is the probability of the class that the model answers, of several classes the most probable one, or the
value in the label's unit. What it is compared with:

- numbers, categories and numbers in ranges: their mean over test examples after encoding; of a category that is the share of
  each name in its one-hot vector, or the mean of its embeddings. This average example stands for knowing nothing. Were it one
  category, the most frequent say, that one would get no attribution wherever it occurs;
- texts: every word's vector is zero (Sundararajan et al., 2017), as if no word was there; how many there are stays;
- pictures: black. Strokes on black, as MNIST has them, are so explained by their ink; of a photograph, black pixels get none.

A derived feature's attribution is divided equally among the columns that it is computed of.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from analysis import predictions
from analysis.attributions import Attributed
from analysis.records import Attribution, Part
from components.evaluation import words
from components.evaluation.one_task import OneTask
from components.evaluation.shares import Examples, Shares, shares_of
from components.features import raw
from prediction.answer import Answer
from prediction.loaded_model import LoadedModel
from schemas import request
from schemas.description import Description
from schemas.errors import InputError
from schemas.features import Feature, Image, Set, Text
from schemas.tasks import Forecast

_SAMPLE = 1000  # test examples whose mean is the reference
_DIGITS = 4  # of a heat map's numbers


@dataclass(frozen=True)
class Explanation:
    """Attributions, and how they were made.

    Attributes:
      reference: what the answers are compared with, in words.
      method: in words.
      attributions: one for each row whose answer is finite, in the order of the rows.
    """

    reference: str
    method: str
    attributions: tuple[Attribution, ...]


def explain(loaded: LoadedModel, description: Description, answers: Path, rows: Sequence[int]) -> Explanation:
    """The attributions of some rows of predictions.parquet.

    Args:
      loaded: the model that gave the answers.
      description: of the dataset; of several tasks with the one whose answers are explained.
      answers: the file. Memory grows with the rows that are explained, and not with the file.
      rows: which ones, at least one.

    Raises:
      InputError: the model was exported without the functions that explain it, or is a forecast; or the file cannot be read.
    """
    sampled = _sample(answers, description)
    read = predictions.rows(answers, {*rows, *sampled})
    sample = [read[row] for row in sampled]
    return _explained(OneTask(loaded, description.task), description, [read[row] for row in rows], sample, rows)


def explain_input(
    loaded: LoadedModel, description: Description, answers: Path, value: Any
) -> tuple[Answer, Explanation]:
    """The model's answer to one input, and its attributions; none where they are not finite.

    Args:
      description: as in ``explain``; the answer is that of all tasks.
      answers: as in ``explain``; it is read for a table alone, for the examples whose average the answer is compared with.
      value: as ``schemas.request.parse`` takes it.

    Raises:
      InputError: as ``explain`` does; or as ``LoadedModel.predict`` does for an input that has no answer.
    """
    (answer,) = loaded.predict([value])
    row = {predictions.INPUT + name: cell for name, cell in request.parse(loaded.card, value).items()}
    sampled = _sample(answers, description)
    sample = predictions.rows(answers, sampled) if sampled else {}
    return answer, _explained(OneTask(loaded, description.task), description, [row], list(sample.values()), [0])


def _explained(
    model: OneTask,
    description: Description,
    explained: Sequence[Mapping[str, Any]],
    sample: Sequence[Mapping[str, Any]],
    numbers: Sequence[int],
) -> Explanation:
    """The attributions of rows as ``predictions.rows`` gives them; ``numbers`` are theirs."""
    if not hasattr(model.loaded.saved_model, "answer"):
        raise InputError(
            f"the model {model.folder} was exported by an older version, which cannot be explained; train it again"
        )
    if isinstance(description.task, Forecast):
        raise InputError(
            f"{description.name} is a forecast of {description.task.horizon} values; an explanation is of one, so ask without"
        )
    features, classes = description.features, description.task.classes_or_none or ()
    columns, known = (raw.of_rows(rows, description.raw()) for rows in (explained, sample))
    encoded = model.encode(columns)
    # Of classes the one that is answered: the most probable one.
    indices = tf.argmax(model.answer(encoded)["probabilities"], axis=1) if classes else None
    output = model.output("probabilities" if classes else "value")
    examples = Examples(encoded, indices, output, model.encode(known) if sample else {})
    shares = shares_of(model.loaded.saved_model.answer, features, examples)
    parts = _parts(model.folder, description, columns, encoded, shares)
    targets = [description.task.label] * len(explained) if indices is None else [classes[index] for index in indices]
    found = _attributions(numbers, targets, shares.attributed, parts, _heats(features, shares, len(explained)))
    return Explanation(_reference(features, len(sample), occluded=shares.occluded), shares.method, tuple(found))


def _attributions(
    rows: Sequence[int],
    targets: Sequence[str],
    found: Attributed,
    parts: list[list[Part]],
    heats: list[tuple[tuple[float, ...], ...]],
) -> Iterator[Attribution]:
    """One for each row whose answer is a finite number."""
    for index, row in enumerate(rows):
        score, reference, gap = (float(values[index]) for values in (found.scores, found.reference_scores, found.gaps))
        if np.isfinite([score, reference, gap]).all():
            yield Attribution(row, targets[index], score, reference, gap, tuple(parts[index]), heats[index])


def _sample(answers: Path, description: Description) -> list[int]:
    """Numbers of rows, evenly spread over the file; none where numbers and categories have no part."""
    if all(isinstance(feature, Text | Set | Image) for feature in description.features.values()):
        return []
    count = predictions.count(answers)
    return np.linspace(0, count - 1, min(_SAMPLE, count)).astype(int).tolist()


def _parts(
    model: Path,
    description: Description,
    columns: Mapping[str, tf.Tensor],
    encoded: Mapping[str, tf.Tensor],
    shares: Shares,
) -> list[list[Part]]:
    """By example, the parts of raw columns, or of the words of the only one; none where a heat map says it all."""
    kinds = description.raw()
    if len(kinds) == 1:
        ((name, feature), *others) = description.features.items()
        if isinstance(feature, Image) and not others and not shares.occluded:
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
        columns = [name] if feature.is_column else feature.of
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
    if Set in kinds:
        texts.append("a set of no names" if occluded else "a set of as many names whose vectors are zero")
    if Image in kinds:
        texts.append("a black picture")
    return "; ".join(texts)
