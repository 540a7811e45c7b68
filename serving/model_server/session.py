"""A SavedModel in a TensorFlow session of its own."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import config_pb2
from tensorflow.core.protobuf.meta_graph_pb2 import MetaGraphDef, SignatureDef

from serving.model_server import c_api
from serving.model_server.errors import not_found

TAG = "serve"
# Without this file TensorFlow loads the graph, and fails at the first request.
_VARIABLES = Path("variables") / "variables.index"
_VARIABLE_OPS = ("VarHandleOp", "VariableV2", "Variable")


def prepare() -> str:
    """Starts TensorFlow's runtime, which prints a lot when it does; returns the devices that it has found."""
    tf.get_logger().setLevel(
        "ERROR"
    )  # it warns of each TensorFlow 1 function, and TF Serving's sessions are TensorFlow 1's
    graph = tf.Graph()
    with graph.as_default():
        nothing = tf.constant(0)
    with tf.compat.v1.Session(graph=graph) as session:
        session.run(nothing)
        found = [device.device_type for device in session.list_devices()]
    return "GPU" if "GPU" in found else "CPU (TensorFlow sees no GPU)"


class Session:
    """A loaded SavedModel.

    Attributes:
      signatures: by name, ``__saved_model_init_op`` among them.
    """

    def __init__(self, path: Path, tag: str = TAG) -> None:
        """Raises ServingError where the folder is not a whole SavedModel."""
        self._session, self._graph, serialized = c_api.load(path, tag)
        meta_graph = MetaGraphDef.FromString(serialized)
        if not (path / _VARIABLES).exists() and any(node.op in _VARIABLE_OPS for node in meta_graph.graph_def.node):
            self.close()
            raise not_found(f"Could not find {_VARIABLES} of a graph with variables at {path}; is it being copied?")
        self.signatures: Mapping[str, SignatureDef] = dict(meta_graph.signature_def)
        self._outputs: dict[str, c_api.Output] = {}

    def run(
        self, feeds: Mapping[str, np.ndarray], fetches: Sequence[str], timeout: float | None = None
    ) -> list[np.ndarray]:
        """One run of the graph; several threads may run at once.

        Args:
          feeds: an array by tensor name (``x:0``); strings are object arrays of bytes.
          fetches: tensor names.
          timeout: seconds after which the run ends with DEADLINE_EXCEEDED.

        Raises:
          ServingError: with TensorFlow's code and text.
        """
        options = b""
        if timeout is not None:
            # 0 would mean no timeout at all.
            options = config_pb2.RunOptions(timeout_in_ms=max(1, int(timeout * 1000))).SerializeToString()
        fed, fetched = [self._output(name) for name in feeds], [self._output(name) for name in fetches]
        return c_api.run(self._session, fed, list(feeds.values()), fetched, options)

    def _output(self, name: str) -> c_api.Output:
        found = self._outputs.get(name) or c_api.output(self._graph, name)
        if found is None:
            raise not_found(
                f"Tensor {name}, specified in either feed_devices or fetch_devices was not found in the Graph"
            )
        # Threads may race here: both store the same, and a dict's assignment is atomic.
        self._outputs[name] = found
        return found

    def close(self) -> None:
        """Frees the model. No run may be in progress: the C API would use freed memory."""
        c_api.close(self._session, self._graph)
