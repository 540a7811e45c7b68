"""A SavedModel in a TensorFlow session of its own: how TensorFlow Serving runs models, with the same error texts."""

import os
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import config_pb2
from tensorflow.core.protobuf.meta_graph_pb2 import SignatureDef
from tensorflow.python.client import pywrap_tf_session

from serving.model_server.errors import not_found, of_tensorflow

TAG = "serve"


def prepare() -> str:
    """Starts TensorFlow's runtime, which prints a lot when it does; returns the devices that it has found."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    tf.get_logger().setLevel("ERROR")
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

    def __init__(self, path: Path, tag: str = TAG, config: config_pb2.ConfigProto | None = None) -> None:
        """Loads graph, variables and tables. Raises ServingError where the folder is not a whole SavedModel."""
        self._graph = tf.Graph()
        self._session = tf.compat.v1.Session(graph=self._graph, config=config)
        try:
            with self._graph.as_default():
                loaded = tf.compat.v1.saved_model.loader.load(self._session, [tag], str(path))
        except Exception as error:  # whatever a damaged file makes of TensorFlow
            self._session.close()
            raise of_tensorflow(error) from error
        self.signatures: Mapping[str, SignatureDef] = dict(loaded.signature_def)
        self._tensors: dict[str, Any] = {}
        self._lock = threading.Lock()

    def run(self, feeds: Mapping[str, Any], fetches: Sequence[str], timeout: float | None = None) -> list[np.ndarray]:
        """One run of the graph; several threads may run at once.

        Args:
          feeds: an array by tensor name (``x:0``); strings are object arrays of bytes.
          fetches: tensor names.
          timeout: seconds after which the run ends with DEADLINE_EXCEEDED.

        Raises:
          ServingError: with TensorFlow's code and text.
        """
        options = None
        if timeout is not None:
            message = config_pb2.RunOptions(timeout_in_ms=max(1, int(timeout * 1000)))
            options = pywrap_tf_session.TF_NewBufferFromString(message.SerializeToString())
        try:
            # Session.run would do the same, after a millisecond of looking up names and converting dtypes: it would turn a
            # string into a number where TensorFlow Serving refuses it.
            outputs = pywrap_tf_session.TF_SessionRun_wrapper(
                self._session._session,
                options,
                {self._tensor(name): value for name, value in feeds.items()},
                [self._tensor(name) for name in fetches],
                [],
                None,
            )
        except Exception as error:
            raise of_tensorflow(error) from error
        finally:
            if options is not None:
                pywrap_tf_session.TF_DeleteBuffer(options)
        return [_array(output) for output in outputs]

    def _tensor(self, name: str) -> Any:
        found = self._tensors.get(name)
        if found is None:
            with self._lock:
                try:
                    found = self._graph.get_tensor_by_name(name)._as_tf_output()
                except (KeyError, ValueError) as error:
                    raise not_found(f"Tensor {name} was not found in the graph") from error
                self._tensors[name] = found
        return found

    def close(self) -> None:
        self._session.close()


def _array(output: Any) -> np.ndarray:
    """A fetched value; TensorFlow gives a bare one for rank 0."""
    if isinstance(output, np.ndarray):
        return output
    if isinstance(output, bytes | str):
        scalar = np.empty((), object)
        scalar[()] = output
        return scalar
    return np.asarray(output)
