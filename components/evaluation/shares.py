"""How much each encoded feature adds to a model's answers: integrated gradients, or occlusion of a model that is not open."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from analysis.attributions import Attributed, integrated_gradients, occlusion
from components.evaluation.id_lookups import ClosedModelError, OpenModel
from components.features.encoded import weights_name
from schemas.features import Feature, Image, Text

_UNKNOWN_WORD = 1  # of a text whose words are ids in order (components.features.texts)


@dataclass(frozen=True)
class Examples:
    """Encoded examples, and what is explained of the answers to them.

    Attributes:
      encoded: tensors [N, ...] by name.
      targets: int64[N], the classes whose probabilities are explained; None for the value of a regression.
      sample: encoded examples [M, ...] whose mean, or most frequent id, is the reference of numbers and categories.
    """

    encoded: Mapping[str, tf.Tensor]
    targets: tf.Tensor | None
    sample: Mapping[str, tf.Tensor]


@dataclass(frozen=True)
class Shares:
    """What each feature adds to the answers to N examples.

    Attributes:
      by_feature: float64 arrays: [N] of numbers and categories, [N, length] of texts by id, [N, height, width] of pictures;
        of occlusion pictures are [N] too.
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
    texts = frozenset(name for name, feature in features.items() if isinstance(feature, Text))
    try:
        opened = OpenModel(answer.concrete_functions[0], texts)
        return _integrated(opened, features, examples)
    except ClosedModelError as error:
        return _occluded(answer, features, examples, str(error))


def _integrated(opened: OpenModel, features: Mapping[str, Feature], examples: Examples) -> Shares:
    numbers = opened.numbers(dict(examples.encoded))
    for place, name in opened.places.items():
        _check_rows(numbers[place], examples.encoded[name], name, is_text=isinstance(features[name], Text))
    score = _OpenScore(opened, examples)
    references = score.references(numbers, features, examples)
    found = integrated_gradients(score, score.inputs(numbers, examples), references)
    by_feature = {}
    for name, feature in features.items():
        parts = [found.parts[one] for one in score.inputs_of(name) if one in found.parts]
        by_feature[name] = sum((_summed(part, feature) for part in parts), _nothing(examples.encoded[name], feature))
    method = "integrated gradients (Sundararajan et al., 2017) from the reference to the example"
    return Shares(by_feature, found, method)


def _check_rows(numbers: tf.Tensor, ids: tf.Tensor, name: str, *, is_text: bool) -> None:
    """Raises ClosedModelError where looked up numbers do not stand by example, and those of a text by word."""
    known = ids.shape if is_text else ids.shape[:1]
    if tuple(numbers.shape[: len(known)]) != tuple(known):
        raise ClosedModelError(f"the ids of {name} are rearranged before they are looked up")


def _summed(part: np.ndarray, feature: Feature) -> np.ndarray:
    """[N, ...] to the form that ``Shares`` has for the feature."""
    kept = {Text: 2, Image: 3}.get(type(feature), 1)
    return part.reshape(*part.shape[:kept], -1).sum(axis=-1)


def _nothing(encoded: tf.Tensor, feature: Feature) -> np.ndarray:
    return _summed(np.zeros(encoded.shape), feature)


class _OpenScore:
    """The explained score as a function of one dict of tensors.

    A feature's name and a tensor's may be any text, so each gets a letter in front: ``e`` encoded, ``n`` number, ``t`` target.
    """

    def __init__(self, opened: OpenModel, examples: Examples) -> None:
        self._opened = opened
        self._classifies = examples.targets is not None

    def __call__(self, inputs: dict[str, tf.Tensor]) -> tf.Tensor:
        encoded, numbers = (
            {name[1:]: tensor for name, tensor in inputs.items() if name[0] == letter} for letter in ("e", "n")
        )
        if not self._classifies:
            return self._opened.output("value", encoded, numbers)
        return tf.gather(self._opened.output("probabilities", encoded, numbers), inputs["t"], batch_dims=1)

    def inputs(self, numbers: Mapping[str, tf.Tensor], examples: Examples) -> dict[str, tf.Tensor]:
        """All tensors [N, ...] that the score is called with."""
        target = {} if examples.targets is None else {"t": examples.targets}
        encoded = {f"e{name}": tensor for name, tensor in examples.encoded.items()}
        return encoded | {f"n{place}": tensor for place, tensor in numbers.items()} | target

    def inputs_of(self, name: str) -> list[str]:
        """Those that belong to a feature."""
        return [f"e{name}", *(f"n{place}" for place, owner in self._opened.places.items() if owner == name)]

    def references(
        self, numbers: Mapping[str, tf.Tensor], features: Mapping[str, Feature], examples: Examples
    ) -> dict[str, tf.Tensor]:
        """The references by input (components.evaluation.explaining says which); inputs without one are held."""
        found = {}
        for name, feature in features.items():
            ids = examples.encoded[name]
            if ids.dtype.is_floating:
                black = isinstance(feature, Image)
                found[f"e{name}"] = tf.zeros_like(ids[:1]) if black else _mean(examples.sample[name])
        looked_up = {place for place, name in self._opened.places.items() if not isinstance(features[name], Text)}
        means = self._opened.numbers(dict(examples.sample)) if looked_up else {}
        for place, name in self._opened.places.items():
            if place in looked_up:
                found[f"n{place}"] = _mean(means[place])
                continue
            found[f"n{place}"] = tf.where(_beside(examples.encoded[name] == 0, numbers[place]), numbers[place], 0.0)
        return found


def _mean(values: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(values, axis=0, keepdims=True)


def _beside(mask: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    """bool[N, length] with as many dimensions as ``values``."""
    return tf.reshape(mask, [*mask.shape, *[1] * (len(values.shape) - len(mask.shape))])


def _occluded(answer: Any, features: Mapping[str, Feature], examples: Examples, reason: str) -> Shares:
    """Each feature, of a text each word, is replaced alone."""
    groups: dict[tuple[str, int], dict[str, tf.Tensor]] = {}
    for name, feature in features.items():
        if isinstance(feature, Text):
            for position in range(examples.encoded[name].shape[1]):
                groups[name, position] = _without_word(name, feature, position, examples)
        else:
            groups[name, 0] = {name: _typical(feature, examples.encoded[name], examples.sample.get(name))}

    def score(encoded: dict[str, tf.Tensor]) -> tf.Tensor:
        outputs = answer(encoded)
        if examples.targets is None:
            return outputs["value"]
        return tf.gather(outputs["probabilities"], examples.targets, batch_dims=1)

    found = occlusion(score, examples.encoded, groups)
    by_feature = {}
    for name, feature in features.items():
        parts = [part for (owner, _), part in found.parts.items() if owner == name]
        by_feature[name] = np.stack(parts, axis=1) if isinstance(feature, Text) else parts[0]
    method = f"occlusion, each column or word replaced alone (no integrated gradients: {reason})"
    return Shares(by_feature, found, method, occluded=True)


def _without_word(name: str, feature: Text, position: int, examples: Examples) -> dict[str, tf.Tensor]:
    """A text without its n-gram at a position, or with an unknown word there; padding stays."""
    here = tf.one_hot(position, feature.length, on_value=True, off_value=False)[tf.newaxis]
    ids, weights = examples.encoded[name], weights_name(name)
    stand_in = tf.constant(_UNKNOWN_WORD if feature.encoding == "ids" else 0, ids.dtype)
    replaced = {name: tf.where(here & (ids != 0), stand_in, ids)}
    if weights in examples.encoded:
        replaced[weights] = tf.where(here, 0.0, examples.encoded[weights])
    return replaced


def _typical(feature: Feature, encoded: tf.Tensor, sample: tf.Tensor | None) -> tf.Tensor:
    """A black picture, the mean number, or the most frequent id, for each example."""
    if isinstance(feature, Image) or sample is None:
        return tf.zeros_like(encoded)
    if encoded.dtype.is_floating:
        return tf.broadcast_to(_mean(sample), tf.shape(encoded))
    return tf.fill(tf.shape(encoded), tf.cast(tf.argmax(tf.math.bincount(tf.cast(sample, tf.int32))), encoded.dtype))
