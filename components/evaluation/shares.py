"""How much each encoded feature adds to a model's answers: integrated gradients, or occlusion of a model that is not open."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from analysis.attributions import Attributed, integrated_gradients, occlusion
from components.evaluation.id_lookups import ClosedModelError, OpenModel
from schemas import encoding
from schemas.encoding import LISTS, MATRIX, weights_name
from schemas.features import Feature, Image, Number, Set, Text

_UNKNOWN_WORD = 1  # of a text whose words are ids in order (components.features.texts)


@dataclass(frozen=True)
class Examples:
    """Encoded examples, and what is explained of the answers to them.

    Attributes:
      encoded: tensors [N, ...] by name.
      targets: int64[N], the classes whose probabilities are explained; None for the value of a regression.
      output: the name of the model's output that has these probabilities or values.
      sample: encoded examples [M, ...] whose mean, or most frequent id, is the reference of numbers and categories.
    """

    encoded: Mapping[str, tf.Tensor]
    targets: tf.Tensor | None
    output: str
    sample: Mapping[str, tf.Tensor]


@dataclass(frozen=True)
class Shares:
    """What each feature adds to the answers to N examples.

    Attributes:
      by_feature: float64 arrays: [N] of numbers and categories, [N, length] of texts and sets by id, [N, height, width] of
        pictures; of occlusion pictures are [N] too.
      attributed: scores, references and gaps.
      method: in words.
      occluded: whether it is occlusion.
    """

    by_feature: dict[str, np.ndarray]
    attributed: Attributed
    method: str
    occluded: bool = False


def shares_of(answer: Any, features: Mapping[str, Feature], examples: Examples) -> Shares:
    """Integrated gradients of a loaded SavedModel's ``answer``; occlusion of a model that they cannot be computed of."""
    texts = frozenset(name for name, feature in features.items() if isinstance(feature, LISTS))
    try:
        opened = OpenModel(answer.concrete_functions[0], texts)
        return _integrated(opened, features, examples)
    except ClosedModelError as error:
        return _occluded(answer, features, examples, str(error))


def _integrated(opened: OpenModel, features: Mapping[str, Feature], examples: Examples) -> Shares:
    numbers = opened.numbers(dict(examples.encoded))
    for place, name in opened.places.items():
        _check_rows(numbers[place], examples.encoded[name], name, is_text=isinstance(features[name], LISTS))
    given = _Given(opened, features, examples, numbers)
    try:
        found = integrated_gradients(given.score, given.inputs, given.references)
    except LookupError as error:  # TensorFlow's, for an operation of the user's own layer
        raise ClosedModelError(str(error).partition("\n")[0]) from error
    by_feature = {}
    columns = encoding.columns_in(features, examples.encoded)
    for name, feature in features.items():
        if name in columns:
            by_feature[name] = found.parts[f"e{MATRIX}"][:, list(columns[name])].sum(axis=1)
            continue
        parts = [found.parts[one] for one in given.inputs_of(name) if one in found.parts]
        by_feature[name] = sum((_summed(part, feature) for part in parts), _nothing(examples.encoded[name], feature))
    method = "integrated gradients (Sundararajan et al., 2017)"
    return Shares(by_feature, found, method)


def _check_rows(numbers: tf.Tensor, ids: tf.Tensor, name: str, *, is_text: bool) -> None:
    """Raises ClosedModelError where looked up numbers do not stand by example, and those of a text by word."""
    known = ids.shape if is_text else ids.shape[:1]
    if tuple(numbers.shape[: len(known)]) != tuple(known):
        raise ClosedModelError(f"the ids of {name} are rearranged before they are looked up")


def _summed(part: np.ndarray, feature: Feature) -> np.ndarray:
    """[N, ...] to the form that ``Shares`` has for the feature."""
    kept = {Text: 2, Set: 2, Image: 3}.get(type(feature), 1)
    return part.reshape(*part.shape[:kept], -1).sum(axis=-1)


def _nothing(encoded: tf.Tensor, feature: Feature) -> np.ndarray:
    return _summed(np.zeros(encoded.shape), feature)


class _Given:
    """The tensors that the explained score is a function of.

    A feature's name and a tensor's may be any text, so each gets a letter in front: ``e`` encoded, ``n`` number, ``t`` target.

    Attributes:
      inputs: tensors [N, ...] by name.
      references: of those that are interpolated (components.evaluation.explaining says which), [N, ...] or [1, ...].
    """

    def __init__(
        self,
        opened: OpenModel,
        features: Mapping[str, Feature],
        examples: Examples,
        numbers: Mapping[str, tf.Tensor],
    ) -> None:
        self._opened, self._output = opened, examples.output
        self.inputs = {f"e{name}": tensor for name, tensor in examples.encoded.items()}
        if examples.targets is not None:
            self.inputs["t"] = examples.targets
        self.references: dict[str, tf.Tensor] = {}
        for name, feature in _tensors(features, examples.encoded).items():
            tensor = examples.encoded[name]
            if tensor.dtype.is_floating:
                black = isinstance(feature, Image)
                self.references[f"e{name}"] = tf.zeros_like(tensor[:1]) if black else _mean(examples.sample[name])
        # The members of an ensemble make the same one-hot vectors, each its own: one tensor stands for them all.
        self._same: dict[str, str] = {}
        alike: dict[tuple[str, bytes, bytes], str] = {}
        for place, reference in self._references_of_places(features, examples, numbers):
            key = opened.places[place], numbers[place].numpy().tobytes(), reference.numpy().tobytes()
            first = self._same[place] = alike.setdefault(key, f"n{place}")
            self.inputs[first], self.references[first] = numbers[place], reference

    def _references_of_places(
        self, features: Mapping[str, Feature], examples: Examples, numbers: Mapping[str, tf.Tensor]
    ) -> Iterator[tuple[str, tf.Tensor]]:
        categories = [place for place, name in self._opened.places.items() if not isinstance(features[name], LISTS)]
        means = self._opened.numbers(dict(examples.sample)) if categories else {}
        for place, name in self._opened.places.items():
            if place in categories:
                yield place, _mean(means[place])
            else:
                padding = _beside(examples.encoded[name] == 0, numbers[place])
                yield place, tf.where(padding, numbers[place], 0.0)

    def inputs_of(self, name: str) -> list[str]:
        """The names of those that belong to a feature."""
        places = (first for place, first in self._same.items() if self._opened.places[place] == name)
        return [f"e{name}", *dict.fromkeys(places)]

    def score(self, inputs: dict[str, tf.Tensor]) -> tf.Tensor:
        """What is explained, float[B], of such tensors for B examples."""
        encoded = {name[1:]: tensor for name, tensor in inputs.items() if name[0] == "e"}
        numbers = {place: inputs[first] for place, first in self._same.items()}
        found = self._opened.output(self._output, encoded, numbers)
        return tf.gather(found, inputs["t"], batch_dims=1) if "t" in inputs else found


def _tensors(features: Mapping[str, Feature], encoded: Mapping[str, tf.Tensor]) -> dict[str, Feature]:
    """The features that have a tensor of their own, and the matrix of many numbers as if it were one."""
    columns = encoding.columns_in(features, encoded)
    alone = {name: feature for name, feature in features.items() if name not in columns}
    return alone | ({MATRIX: Number()} if columns else {})


def _mean(values: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(values, axis=0, keepdims=True)


def _beside(mask: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    """bool[N, length] with as many dimensions as ``values``."""
    return tf.reshape(mask, [*mask.shape, *[1] * (len(values.shape) - len(mask.shape))])


def _occluded(answer: Any, features: Mapping[str, Feature], examples: Examples, reason: str) -> Shares:
    """Each feature, of a text each word, is replaced alone."""
    groups: dict[tuple[str, int], dict[str, tf.Tensor]] = {}
    columns = encoding.columns_in(features, examples.encoded)
    for name, feature in features.items():
        if name in columns:
            groups[name, 0] = {MATRIX: _without_number(columns[name], examples)}
        elif isinstance(feature, LISTS):
            for position in range(examples.encoded[name].shape[1]):
                groups[name, position] = _without_word(name, feature, position, examples)
        else:
            groups[name, 0] = {name: _typical(feature, examples.encoded[name], examples.sample.get(name))}

    def score(encoded: dict[str, tf.Tensor]) -> tf.Tensor:
        found = answer(encoded)[examples.output]
        return found if examples.targets is None else tf.gather(found, examples.targets, batch_dims=1)

    found = occlusion(score, examples.encoded, groups)
    by_feature = {}
    for name, feature in features.items():
        parts = [part for (owner, _), part in found.parts.items() if owner == name]
        by_feature[name] = np.stack(parts, axis=1) if isinstance(feature, LISTS) else parts[0]
    method = f"occlusion, each column or word replaced alone (no integrated gradients: {reason})"
    return Shares(by_feature, found, method, occluded=True)


def _without_word(name: str, feature: Text | Set, position: int, examples: Examples) -> dict[str, tf.Tensor]:
    """A text without its n-gram, or a set without its name, at a position, or with an unknown word there; padding stays."""
    here = tf.one_hot(position, feature.length, on_value=True, off_value=False)[tf.newaxis]
    ids, weights = examples.encoded[name], weights_name(name)
    stand_in = tf.constant(_UNKNOWN_WORD if isinstance(feature, Text) and feature.encoding == "ids" else 0, ids.dtype)
    replaced = {name: tf.where(here & (ids != 0), stand_in, ids)}
    if weights in examples.encoded:
        replaced[weights] = tf.where(here, 0.0, examples.encoded[weights])
    return replaced


def _without_number(columns: tuple[int, ...], examples: Examples) -> tf.Tensor:
    """The matrix of many numbers with the mean in the columns of one of them."""
    matrix, sample = examples.encoded[MATRIX], examples.sample.get(MATRIX)
    here = [column in columns for column in range(matrix.shape[1])]
    return tf.where(here, tf.zeros_like(matrix) if sample is None else _mean(sample), matrix)


def _typical(feature: Feature, encoded: tf.Tensor, sample: tf.Tensor | None) -> tf.Tensor:
    """A black picture, the mean number, or the most frequent id, for each example."""
    if isinstance(feature, Image) or sample is None:
        return tf.zeros_like(encoded)
    if encoded.dtype.is_floating:
        return tf.broadcast_to(_mean(sample), tf.shape(encoded))
    return tf.fill(tf.shape(encoded), tf.cast(tf.argmax(tf.math.bincount(tf.cast(sample, tf.int32))), encoded.dtype))
