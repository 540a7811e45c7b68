"""Why a model answers as it does: how much each of its inputs adds to an answer.

Integrated gradients (Sundararajan, Taly and Yan, 2017, "Axiomatic Attribution for Deep Networks"): the attribution of input i
is ``(x_i - r_i)`` times the mean of the score's derivative by i on the straight line from the reference r to the example x.
All of them together sum to ``score(x) - score(r)`` (completeness). The mean is approximated by Gauss-Legendre quadrature, and
what is missing to the sum is given with each example.

A model that is no function of numbers alone is explained by occlusion (Zeiler and Fergus, 2014): an input's attribution is
what the score loses when this input alone is replaced by its reference.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

Tensors = Mapping[str, tf.Tensor]
Score = Callable[[dict[str, tf.Tensor]], tf.Tensor]

STEPS = 32  # points of the quadrature, a multiple of 8
MOST_STEPS = 512
_POINTS = 8
TOLERANCE = 0.01  # of an example's gap, as a share of what its parts amount to
_SMALLEST_SIZE = 1e-3  # of the parts of a score; below it rounding is larger than the tolerance
# Of one call: how many numbers its inputs have (a network takes a hundred times as much memory), and how many points it has.
_MOST_NUMBERS = 1 << 18
_MOST_POINTS = 4096


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
        return self.scores - self.reference_scores - self._total(np.asarray)

    @property
    def sizes(self) -> np.ndarray:
        """What the parts amount to, whatever their sign, float64[N]."""
        return self._total(np.abs)

    def _total(self, of: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        total = np.zeros(len(self.scores))
        for part in self.parts.values():
            total += of(part).reshape(len(part), -1).sum(axis=1)
        return total


def integrated_gradients(
    score: Score, inputs: Tensors, references: Tensors, steps: int = STEPS, most_steps: int = MOST_STEPS
) -> Attributed:
    """The attributions of the inputs that have a reference; the others stay as they are.

    Examples whose gap is over ``TOLERANCE`` of their parts get four times as many points, up to ``most_steps``: a network of
    rectified units has bends, which no quadrature takes in one step.

    Args:
      score: inputs as below, of any number of examples B, to float[B].
      inputs: tensors [N, ...] by name.
      references: float tensors [N, ...] by name, or [1, ...] for all examples.
      steps: how many points between reference and example the derivative is computed at.
      most_steps: the most points.

    Raises:
      ValueError: a reference of an input that there is not, or of whole numbers.
    """
    for name in references:
        if name not in inputs or not inputs[name].dtype.is_floating:
            raise ValueError(f"a reference for {name!r}; the inputs with floats are {_floats(inputs)}")
    whole = {name: tf.broadcast_to(value, tf.shape(inputs[name])) for name, value in references.items()}
    found = _Path(score, dict(inputs), whole)
    rows = np.arange(len(found.result.scores))
    while True:
        found.integrate(rows, steps)
        rows = rows[found.is_rough(rows)]
        steps *= 4
        if not len(rows) or steps > most_steps:
            return found.result


def quadrature(steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Points in 0..1 and their weights, float64[steps]: Gauss-Legendre's eight points in each of ``steps / 8`` equal parts.

    In parts, as a bend then spoils one of them alone.
    """
    nodes, weights = np.polynomial.legendre.leggauss(_POINTS)  # of the interval -1 to 1
    count = steps // _POINTS
    points = (np.arange(count)[:, np.newaxis] + (nodes + 1) / 2) / count
    return points.reshape(-1), np.tile(weights / 2 / count, count)


def _floats(inputs: Tensors) -> str:
    return ", ".join(name for name, value in inputs.items() if value.dtype.is_floating)


class _Path:
    """The straight line from references to inputs, and what was integrated along it."""

    def __init__(self, score: Score, inputs: dict[str, tf.Tensor], references: dict[str, tf.Tensor]) -> None:
        self._inputs = inputs
        self._references = references
        self._score = score
        self._rows = len(next(iter(inputs.values())))
        numbers = sum(int(np.prod(value.shape[1:])) for value in references.values())
        self._batch = max(1, min(_MOST_POINTS, _MOST_NUMBERS // max(1, numbers)))
        vector = tf.TensorSpec([None], tf.float32)
        signature = [_specs(inputs), _specs(references), vector, vector]
        # One function for all: tracing the model and its gradient takes longer than running a small one.
        self._run = tf.function(self._traced, signature, autograph=False)
        parts = {name: np.zeros(value.shape) for name, value in references.items()}
        self.result = Attributed(parts, np.zeros(self._rows), np.zeros(self._rows))
        rows = np.arange(self._rows)
        ends = self._integrate(rows, np.array([0.0, 1.0]), np.zeros(2))
        self.result.reference_scores[:], self.result.scores[:] = ends.T

    def integrate(self, rows: np.ndarray, steps: int) -> None:
        """Sets the parts of some rows, int64[...]."""
        shares, weights = quadrature(steps)
        for part in self.result.parts.values():
            part[rows] = 0
        self._integrate(rows, shares, weights)

    def is_rough(self, rows: np.ndarray) -> np.ndarray:
        """Whether the gap of each of these rows is too large, bool[...]."""
        explained = np.abs(self.result.scores - self.result.reference_scores)
        size = np.maximum(np.maximum(explained, self.result.sizes), _SMALLEST_SIZE)
        return (np.abs(self.result.gaps) > TOLERANCE * size)[rows]

    def _integrate(self, rows: np.ndarray, shares: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Adds to the parts of rows the weighted derivatives at points of the way; the scores there, float64[rows, points]."""
        scores = np.zeros((len(rows), len(shares)))
        points = min(len(shares), self._batch)
        several = self._batch // points
        for first in range(0, len(rows), several):
            few = rows[first : first + several]
            inputs, references = _rows_of(self._inputs, few), _rows_of(self._references, few)
            for start in range(0, len(shares), points):
                part = slice(start, start + points)
                way = [tf.constant(numbers[part], tf.float32) for numbers in (shares, weights)]
                sums, scores_there = self._run(inputs, references, *way)
                scores[first : first + several, part] = scores_there.numpy()
                for name, total in sums.items():
                    self.result.parts[name][few] += total.numpy()
        return scores

    def _traced(
        self, inputs: dict[str, tf.Tensor], references: dict[str, tf.Tensor], shares: tf.Tensor, weights: tf.Tensor
    ) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
        """For rows R and points P: sums over the points by input [R, ...], and scores float[R, P]."""
        rows, count = tf.shape(next(iter(inputs.values())))[0], tf.size(shares)
        row_of = tf.repeat(tf.range(rows), count)
        shares, weights = tf.tile(shares, [rows]), tf.tile(weights, [rows])
        ways = {name: inputs[name] - reference for name, reference in references.items()}
        points = {name: tf.gather(value, row_of) for name, value in inputs.items() if name not in ways}
        for name, way in ways.items():
            there = tf.gather(way, row_of)
            points[name] = tf.gather(references[name], row_of) + _beside(shares, there) * there
        scores = self._score(points)
        # The scores of different rows are independent, so that the gradient of their sum has each row's own. (No tape: it does
        # not see the operations of an imported graph.)
        gradients = tf.gradients(scores, [points[name] for name in ways], unconnected_gradients="zero")
        sums = {
            name: way * tf.math.unsorted_segment_sum(_beside(weights, gradient) * gradient, row_of, rows)
            for (name, way), gradient in zip(ways.items(), gradients, strict=True)
        }
        return sums, tf.reshape(scores, [rows, count])


def _specs(tensors: Tensors) -> dict[str, tf.TensorSpec]:
    return {name: tf.TensorSpec([None, *value.shape[1:]], value.dtype) for name, value in tensors.items()}


def _rows_of(tensors: Tensors, rows: np.ndarray) -> dict[str, tf.Tensor]:
    return {name: tf.gather(value, rows) for name, value in tensors.items()}


def _beside(numbers: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    """[B] to the type of ``values``, and to as many dimensions."""
    return tf.reshape(tf.cast(numbers, values.dtype), [-1, *[1] * (len(values.shape) - 1)])


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
