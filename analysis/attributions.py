"""Why a model answers as it does: how much each of its inputs adds to an answer.

Integrated gradients (Sundararajan, Taly and Yan, 2017, "Axiomatic Attribution for Deep Networks"): the attribution of input i
is ``(x_i - r_i)`` times the mean of the score's derivative by i on the straight line from the reference r to the example x.
All of them together sum to ``score(x) - score(r)`` (completeness).

The mean is computed by adaptive quadrature. A network of rectified units has bends, where its derivative jumps and any
quadrature errs; but completeness holds for each part of the line too, and tells which have to be divided further. What is
missing to the sum in the end is given with each example.

A model that is no function of numbers alone is explained by occlusion (Zeiler and Fergus, 2014): an input's attribution is
what the score loses when this input alone is replaced by its reference.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
import tensorflow as tf

Tensors = Mapping[str, tf.Tensor]
Score = Callable[[dict[str, tf.Tensor]], tf.Tensor]

TOLERANCE = 0.01  # of an example's gap, as a share of the difference that is explained
_ROUNDING = 0.001  # of a score: a smaller gap is precise enough, however little is explained
SECTIONS = 8  # of the line, at first
MOST_HALVINGS = 7  # of each
# Gauss-Lobatto's points of the interval 0 to 1; with both ends, where the scores are needed.
_NODES = np.array([0, 0.5 - sqrt(3 / 28), 0.5, 0.5 + sqrt(3 / 28), 1])
_WEIGHTS = np.array([9, 49, 64, 49, 9]) / 180
# Of one call: how many numbers its inputs have (a network takes a hundred times as much memory), and how many points it has.
_MOST_NUMBERS = 1 << 20
_MOST_POINTS = 512


@dataclass(frozen=True)
class Attributed:
    """The attributions of N examples.

    Attributes:
      parts: by input, float64 arrays [N, ...] of the input's shape; of ``occlusion`` by group, float64[N].
      scores, reference_scores: float64[N].
    """

    parts: dict[Any, np.ndarray]
    scores: np.ndarray
    reference_scores: np.ndarray

    @property
    def gaps(self) -> np.ndarray:
        """What the parts lack to ``scores - reference_scores``, float64[N]."""
        total = np.zeros(len(self.scores))
        for part in self.parts.values():
            total += _by_row(part).sum(axis=1)
        return self.scores - self.reference_scores - total


def integrated_gradients(score: Score, inputs: Tensors, references: Tensors) -> Attributed:
    """The attributions of the inputs that have a reference; the others stay as they are.

    Args:
      score: inputs as below, of any number of examples B, to float[B]. It is traced once, as part of a graph.
      inputs: tensors [N, ...] by name, N at least 1.
      references: float tensors [N, ...] by name, or [1, ...] for all examples.

    Raises:
      ValueError: a reference of an input that there is not, or of whole numbers.
    """
    for name in references:
        if name not in inputs or not inputs[name].dtype.is_floating:
            floats = ", ".join(name for name, value in inputs.items() if value.dtype.is_floating)
            raise ValueError(f"a reference for {name!r}; the inputs with floats are {floats}")
    whole = {name: tf.broadcast_to(value, tf.shape(inputs[name])) for name, value in references.items()}
    return _Line(score, dict(inputs), whole).integrate()


class _Line:
    """The straight lines from references to inputs, one for each of N rows."""

    def __init__(self, score: Score, inputs: dict[str, tf.Tensor], references: dict[str, tf.Tensor]) -> None:
        self._inputs = inputs
        self._references = references
        self._score = score
        self._rows = np.arange(len(next(iter(inputs.values()))))
        numbers = sum(int(np.prod(value.shape[1:])) for value in references.values())
        points = min(_MOST_POINTS, _MOST_NUMBERS // max(1, numbers))
        self._batch = max(1, points // len(_NODES))
        starts, width = tf.TensorSpec([None], tf.float32), tf.TensorSpec([], tf.float32)
        # One function for all: tracing the model and its gradient takes longer than running a small one.
        self._run = tf.function(self._traced, [_specs(inputs), _specs(references), starts, width], autograph=False)

    def integrate(self) -> Attributed:
        """Divides sections of the lines until what each lacks is small, and adds them up."""
        ends = [scores for _, _, scores in self._integrated(self._rows, np.zeros(len(self._rows)), 1.0)]
        reference_scores, scores = np.concatenate(ends)[:, [0, -1]].T
        largest = np.maximum(abs(scores), abs(reference_scores))
        allowed = np.maximum(TOLERANCE * abs(scores - reference_scores), _ROUNDING * largest)
        parts = {name: np.zeros(value.shape) for name, value in self._references.items()}
        rows, starts = np.repeat(self._rows, SECTIONS), np.tile(np.arange(SECTIONS) / SECTIONS, len(self._rows))
        for halvings in range(MOST_HALVINGS + 1):
            width = 1 / SECTIONS / 2**halvings
            is_rough = np.zeros(len(rows), bool)
            for some, sums, there in self._integrated(rows, starts, width):
                gaps = there[:, -1] - there[:, 0] - sum(_by_row(value).sum(axis=1) for value in sums.values())
                # Gaps have different signs: those of four times as many sections amount to twice as much.
                if halvings < MOST_HALVINGS:
                    is_rough[some] = abs(gaps) > allowed[rows[some]] * sqrt(width)
                for name, value in sums.items():
                    np.add.at(parts[name], rows[some][~is_rough[some]], value[~is_rough[some]])
            rows, starts = np.tile(rows[is_rough], 2), starts[is_rough]
            starts = np.concatenate([starts, starts + width / 2])
        return Attributed(parts, scores, reference_scores)

    def _integrated(
        self, rows: np.ndarray, starts: np.ndarray, width: float
    ) -> Iterator[tuple[slice, dict[str, np.ndarray], np.ndarray]]:
        """Sections in batches: which ones, their parts by input [K, ...], and their scores float64[K, nodes]."""
        for first in range(0, len(rows), self._batch):
            some = slice(first, first + self._batch)
            inputs, references = (
                {name: tf.gather(value, rows[some]) for name, value in tensors.items()}
                for tensors in (self._inputs, self._references)
            )
            sums, scores = self._run(inputs, references, tf.constant(starts[some], tf.float32), tf.constant(width))
            yield some, {name: value.numpy() for name, value in sums.items()}, scores.numpy().astype(np.float64)

    def _traced(
        self, inputs: dict[str, tf.Tensor], references: dict[str, tf.Tensor], starts: tf.Tensor, width: tf.Tensor
    ) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
        """For K sections: the parts by input [K, ...], and scores float[K, nodes]."""
        count, nodes = tf.size(starts), len(_NODES)
        section = tf.repeat(tf.range(count), nodes)
        shares = tf.reshape(starts[:, tf.newaxis] + width * tf.constant(_NODES, tf.float32), [-1])
        weights = width * tf.tile(tf.constant(_WEIGHTS, tf.float32), [count])
        ways = {name: inputs[name] - reference for name, reference in references.items()}
        points = {name: tf.gather(value, section) for name, value in inputs.items() if name not in ways}
        for name, way in ways.items():
            there = tf.gather(way, section)
            points[name] = tf.gather(references[name], section) + _beside(shares, there) * there
        scores = self._score(points)
        # The scores of different points are independent, so that the gradient of their sum has each one's own. (No tape: it
        # does not see the operations of an imported graph.)
        gradients = tf.gradients(scores, [points[name] for name in ways], unconnected_gradients="zero")
        sums = {
            name: way * tf.math.unsorted_segment_sum(_beside(weights, gradient) * gradient, section, count)
            for (name, way), gradient in zip(ways.items(), gradients, strict=True)
        }
        return sums, tf.reshape(scores, [-1, nodes])


def _specs(tensors: Tensors) -> dict[str, tf.TensorSpec]:
    return {name: tf.TensorSpec([None, *value.shape[1:]], value.dtype) for name, value in tensors.items()}


def _beside(numbers: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    """[B] to the type of ``values``, and to as many dimensions."""
    return tf.reshape(tf.cast(numbers, values.dtype), [-1, *[1] * (len(values.shape) - 1)])


def _by_row(values: np.ndarray) -> np.ndarray:
    """[N, ...] to [N, any]."""
    return values.reshape(len(values), -1)


def occlusion(score: Score, inputs: Tensors, groups: Mapping[Any, Tensors]) -> Attributed:
    """What each group of inputs adds, by replacing it alone.

    Args:
      score: inputs as below to float[N].
      inputs: tensors [N, ...] by name.
      groups: the tensors that replace inputs, by group. Where several groups replace one input, as words do, each replaces its
        own elements, and the reference has them all replaced.

    Returns:
      Attributions by group; the gaps are what groups do together alone.
    """
    scores = _numbers(score(dict(inputs)))
    everything = dict(inputs)
    parts = {}
    for group, replaced in groups.items():
        parts[group] = scores - _numbers(score({**inputs, **replaced}))
        for name, value in replaced.items():
            everything[name] = tf.where(value == inputs[name], everything[name], value)
    return Attributed(parts, scores, _numbers(score(everything)))


def _numbers(scores: tf.Tensor) -> np.ndarray:
    return scores.numpy().astype(np.float64)
