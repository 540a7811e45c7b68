"""Small real SavedModels: half_plus_two with all kinds of signatures, a counter, one of every dtype."""

from pathlib import Path
from typing import Any

import tensorflow as tf
from tensorflow.core.protobuf.meta_graph_pb2 import SignatureDef

v1 = tf.compat.v1
DTYPES = ("float32", "float64", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "bool", "string",
          "float16", "bfloat16", "complex64", "complex128")  # fmt: skip


def half_plus_two(path: Path, add: float = 2.0) -> Path:
    """y = x / 2 + add, for bare tensors of any shape and for tf.Examples with a feature x (0 where it is missing)."""
    with tf.Graph().as_default(), v1.Session() as session:
        examples = v1.placeholder(tf.string, name="tf_example")
        parsed = tf.io.parse_example(examples, {"x": tf.io.FixedLenFeature([1], tf.float32, default_value=[0.0])})
        x = tf.identity(parsed["x"], name="x")
        half, two = v1.get_variable("a", initializer=0.5), v1.get_variable("b", initializer=float(add))
        y = tf.add(tf.multiply(half, x), two, name="y")
        three = tf.add(y, 1.0, name="y3")
        labels = tf.tile(tf.constant([["sum"]]), [tf.shape(x)[0], 1])
        session.run(v1.global_variables_initializer())
        signatures = {
            "serving_default": _signature({"x": x}, {"y": y}, "tensorflow/serving/predict"),
            "regress_x_to_y": _signature({"inputs": examples}, {"outputs": y}, "tensorflow/serving/regress"),
            "regress_x_to_y3": _signature({"inputs": examples}, {"outputs": three}, "tensorflow/serving/regress"),
            "classify_x_to_y": _signature({"inputs": examples}, {"scores": y}, "tensorflow/serving/classify"),
            "classify_with_labels": _signature(
                {"inputs": examples}, {"classes": labels, "scores": y}, "tensorflow/serving/classify"
            ),
            "classify_labels_only": _signature(
                {"inputs": examples}, {"classes": labels}, "tensorflow/serving/classify"
            ),
            "wrong_outputs": _signature({"inputs": examples}, {"y": y}, "tensorflow/serving/classify"),
            "two_inputs": _signature({"inputs": examples, "x": x}, {"outputs": y}, "tensorflow/serving/regress"),
        }
        with_default = _signature({"x": x}, {"y": y}, "tensorflow/serving/predict")
        with_default.defaults["x"].CopyFrom(tf.make_tensor_proto([10.0]))
        signatures["with_default"] = with_default
        return _save(session, path, signatures)


def counter(path: Path) -> Path:
    """A number that calls change: signatures without inputs, or with a scalar."""
    with tf.Graph().as_default(), v1.Session() as session:
        number = v1.get_variable("counter", initializer=0.0)
        by = v1.placeholder(tf.float32, [], name="delta")
        session.run(v1.global_variables_initializer())
        calls: dict[str, tuple[dict[str, Any], Any]] = {
            "get_counter": ({}, number.read_value()),
            "incr_counter": ({}, v1.assign_add(number, 1.0)),
            "incr_counter_by": ({"delta": by}, v1.assign_add(number, by)),
            "reset_counter": ({}, v1.assign(number, 0.0)),
        }
        signatures = {
            name: _signature(inputs, {"output": tf.convert_to_tensor(output)}, "tensorflow/serving/predict")
            for name, (inputs, output) in calls.items()
        }
        return _save(session, path, signatures)


def identities(path: Path) -> Path:
    """A signature by dtype which returns its input, of any shape; and one batchable pair of vectors."""
    with tf.Graph().as_default(), v1.Session() as session:
        signatures = {}
        for name in DTYPES:
            value = v1.placeholder(tf.as_dtype(name), name=f"in_{name}")
            signatures[name] = _signature({"x": value}, {"y": tf.identity(value)}, "tensorflow/serving/predict")
        rows = v1.placeholder(tf.float32, [None, 2], name="rows")
        checked = tf.debugging.assert_non_negative(rows, message="negative row")
        with tf.control_dependencies([checked]):
            total = tf.reduce_sum(rows, axis=1)
        size = tf.fill(tf.shape(total), tf.shape(rows)[0])
        signatures["sums"] = _signature({"rows": rows}, {"sum": total, "batch": size}, "tensorflow/serving/predict")
        return _save(session, path, signatures)


def widths(path: Path) -> Path:
    """Each row's sum, and the width of the array that was run."""
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [None, None], name="x")
        total = tf.reduce_sum(x, axis=1)
        width = tf.fill(tf.shape(total), tf.shape(x)[1])
        signature = _signature({"x": x}, {"sum": total, "width": width}, "tensorflow/serving/predict")
        return _save(session, path, {"serving_default": signature})


def slow(path: Path) -> Path:
    """Counts to n before it answers n: a second is some hundred thousands.

    Its dimension is not open, so that calls do not share a run: an endless one would hold up the others.
    """
    with tf.Graph().as_default(), v1.Session() as session:
        n = v1.placeholder(tf.int64, [1], name="n")
        (counted,) = tf.while_loop(lambda i: tf.less(i, n[0]), lambda i: [i + 1], [tf.constant(0, tf.int64)])
        answer = tf.fill(tf.shape(n), counted)
        return _save(
            session, path, {"serving_default": _signature({"n": n}, {"n": answer}, "tensorflow/serving/predict")}
        )


def _signature(inputs: dict[str, Any], outputs: dict[str, Any], method: str) -> SignatureDef:
    info = v1.saved_model.utils.build_tensor_info
    return v1.saved_model.signature_def_utils.build_signature_def(
        {name: info(tensor) for name, tensor in inputs.items()},
        {name: info(tensor) for name, tensor in outputs.items()},
        method,
    )


def _save(session: Any, path: Path, signatures: dict[str, SignatureDef]) -> Path:
    builder = v1.saved_model.Builder(str(path))
    builder.add_meta_graph_and_variables(session, ["serve"], signature_def_map=signatures)
    builder.save()
    return path
