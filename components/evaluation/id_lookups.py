"""A trained model as a function of numbers alone: opened where it turns ids into numbers.

Between two categories or two words there is nothing: an id cannot be moved a little, so a gradient begins behind the one-hot
encoding or the embedding of the ids. These places are found in the graph of the exported model's ``answer`` function
(components.training.export), not in the Keras layers. So it needs neither the page nor its code, takes a model that was pulled
from elsewhere, and treats ensembles, nested models and the user's own subclassed ones alike. To build the Keras model anew and
cut it between layers would take seconds for an ensemble, and could not look into a subclassed model.

From each tensor of ids the graph is followed as long as its tensors are whole numbers or booleans. Where an operation makes
floats of them, the model is open: that tensor is given from outside from then on. Two things are not opened:

- Of a text, only what is looked up is (rows of a table, one-hot vectors). What else depends on its ids is which positions are
  padding; that stays as it is.
- An operation that takes other floats beside the ids, as ``where(id == 3, x, y)`` does: the id chooses between computations
  and has no number of its own. Such a model cannot be opened.
"""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

_LOOKUPS = ("Gather", "GatherV2", "ResourceGather", "OneHot")
# These depend on how many ids there are, not on which.
_SHAPES = ("Shape", "ShapeN", "Size", "Rank", "ZerosLike", "OnesLike")


class ClosedModelError(Exception):
    """A model that cannot be opened at its ids; the text says why."""


class OpenModel:
    """A loaded SavedModel as a function of numbers.

    Attributes:
      places: the names of the tensors at which ids have become numbers, each with the encoded feature that they belong to.

    Args:
      answer: the concrete function of a SavedModel's ``answer``.
      texts: the encoded features that are words or n-grams of texts.

    Raises:
      ClosedModelError: it cannot be opened.
    """

    def __init__(self, answer: Any, texts: frozenset[str]) -> None:
        (specs,), _ = answer.structured_input_signature
        # TensorFlow flattens a dict in the order of its keys.
        self._inputs = dict(zip(sorted(specs), answer.inputs, strict=False))
        self._outputs = dict(zip(sorted(answer.structured_outputs), answer.outputs, strict=True))
        self._captured = {inner.name: outer for outer, inner in answer.graph.captures}
        self._graph = answer.graph.as_graph_def()
        trace = _Trace(self._inputs, texts)
        for operation in answer.graph.get_operations():
            trace.follow(operation)
        for name in texts & self._inputs.keys() - set(trace.places.values()):
            if self._inputs[name].dtype.is_integer and self._inputs[name].consumers():
                raise ClosedModelError(f"the words of {name} are looked up in no table")
        self.places = trace.places
        # Encoded features [N, ...] to what stands at ``places`` for them: float tensors [N, ...] by name.
        self.numbers = tf.function(self._numbers, [specs], autograph=False)

    def _numbers(self, encoded: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        return dict(zip(self.places, self._run(encoded, {}, list(self.places)), strict=True))

    def output(self, name: str, encoded: Mapping[str, tf.Tensor], numbers: Mapping[str, tf.Tensor]) -> tf.Tensor:
        """An output of the model (components.training.export), inside a tf.function.

        Args:
          encoded: the encoded features.
          numbers: what stands at ``places``, instead of what the ids would give.
        """
        (found,) = self._run(encoded, numbers, [self._outputs[name].name])
        return found

    def _run(self, encoded: Mapping[str, tf.Tensor], numbers: Mapping[str, tf.Tensor], names: list[str]) -> Any:
        graph = tf.compat.v1.get_default_graph()
        given = {tensor.name: encoded[name] for name, tensor in self._inputs.items()}
        given |= {inner: graph.capture(outer) for inner, outer in self._captured.items()} | dict(numbers)
        return tf.graph_util.import_graph_def(self._graph, given, names, name="opened") if names else []


class _Trace:
    """How the tensors of a graph depend on the model's inputs.

    Attributes:
      ids: by tensor of whole numbers or booleans, the inputs whose ids it is made of.
      live: tensors that depend on numbers from outside.
      places: where ids became numbers, and whose.
      texts: see ``OpenModel``.
    """

    def __init__(self, inputs: dict[str, tf.Tensor], texts: frozenset[str]) -> None:
        self.ids = {one.name: frozenset([name]) for name, one in inputs.items() if not one.dtype.is_floating}
        self.live = {one.name for one in inputs.values() if one.dtype.is_floating}
        self.places: dict[str, str] = {}
        self.texts = texts

    def follow(self, operation: tf.Operation) -> None:
        """Takes in one operation; those that its inputs come from must have been followed. Raises ClosedModelError."""
        names = [tensor.name for tensor in operation.inputs]
        origins = frozenset[str]().union(*(self.ids.get(name, frozenset()) for name in names))
        is_live = any(name in self.live for name in names)
        if operation.type in _SHAPES:
            return
        of_texts = not origins - self.texts
        for output in operation.outputs:
            if origins and not is_live and (output.dtype.is_integer or output.dtype.is_bool):
                self.ids[output.name] = origins
            elif not of_texts or (operation.type in _LOOKUPS and not is_live and origins):
                self._open(operation, output, origins, is_live)
            elif is_live:
                self.live.add(output.name)

    def _open(self, operation: tf.Operation, output: tf.Tensor, origins: frozenset[str], is_live: bool) -> None:
        if is_live or len(origins) > 1 or not output.dtype.is_floating:
            what = "and other numbers are combined" if is_live else "are combined"
            raise ClosedModelError(f"{' and '.join(sorted(origins))} {what} in its operation {operation.name}")
        (self.places[output.name],) = origins
        self.live.add(output.name)
