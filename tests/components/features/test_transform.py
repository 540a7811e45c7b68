"""Transform reads many numbers as one column: its graph is the one that TFX makes of single columns."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import tensorflow as tf
import tensorflow_transform as tft
from sklearn.datasets import load_breast_cancer
from tensorflow_metadata.proto.v0 import schema_pb2
from tensorflow_transform.tf_metadata import schema_utils
from tfx.components.transform import executor as tfx_executor
from tfx.dsl.components.base import base_beam_executor
from tfx.proto import transform_pb2
from tfx.types import standard_artifacts
from tfx.utils import io_utils, json_utils, proto_utils

from components.features import transform
from components.features.packing import pack, packed_in, packed_schema
from components.features.transform_graph import TransformGraph
from pipelines.beam import memoising, whole_examples
from schemas.description import Description
from schemas.encoding import MATRIX, packed
from schemas.features import Category, Feature, Number
from schemas.tasks import Regression

_KINDS = (
    Number(),
    Number(scale="log", indicator=True),
    Number(scale="min_max", missing="zero"),
    Number(scale="none", missing=-3.0, indicator=True),
    Number(missing="median"),
)
_ROWS = 200


def test_a_batch_has_the_columns_side_by_side_with_nan_where_there_is_no_value() -> None:
    numbers = pa.large_list(pa.float32())
    batch = pa.RecordBatch.from_arrays(
        [
            pa.array([[1.5], None, []], numbers),
            pa.array([["a"], None, ["b"]], pa.large_list(pa.large_binary())),
            pa.nulls(3),
            pa.array([[2.0], [3.0], [4.0]], numbers),
        ],
        ["x", "c", "none", "z"],
    )
    schema = pa.schema([("c", batch.schema.field("c").type), (MATRIX, numbers)])
    found = pack(batch, ("z", "none", "x"), schema)
    assert found.schema == schema and found.column(0).equals(batch.column(1))
    nan = float("nan")
    np.testing.assert_array_equal(found.column(1).to_pylist(), [[2.0, nan, 1.5], [3.0, nan, nan], [4.0, nan, nan]])
    np.testing.assert_array_equal(pack(batch.slice(1), ("x", "z"), schema).column(1).to_pylist(), [[nan, 3], [nan, 4]])


def test_a_schema_remembers_the_columns_that_it_has_as_one() -> None:
    schema = schema_utils.schema_from_feature_spec(dict.fromkeys("abc", tf.io.VarLenFeature(tf.float32)))
    assert packed_in(packed_schema(schema, ("c", "a"))) == ("c", "a")
    assert [feature.name for feature in packed_schema(schema, ("c", "a")).feature] == ["b", MATRIX]
    assert packed_in(schema) == ()


class Step:
    """The Transform step on real measurements, three times each with another treatment; a tenth of the cells are missing."""

    def __init__(self, folder: Path) -> None:
        measured = load_breast_cancer().data[:_ROWS].astype(np.float32)
        self.cells = np.concatenate([measured, measured[::-1], measured * 100], axis=1)
        self.cells[np.random.default_rng(5).random(self.cells.shape) < 0.1] = np.nan
        names = [f"n{place}" for place in range(self.cells.shape[1])]
        features: dict[str, Feature] = {name: _KINDS[place % len(_KINDS)] for place, name in enumerate(names)}
        features["c"] = Category(names=("a", "b"))
        features["n0 in ranges"] = Number(
            buckets=4, derived="tests.components.features.test_transform:same", of=("n0",)
        )
        self.description = Description("wide", Regression("y"), features)
        self.names, self.folder = names, folder
        self._write_examples()

    def _write_examples(self) -> None:
        (self.folder / "Split-train").mkdir()
        options = tf.io.TFRecordOptions(compression_type="GZIP")
        with tf.io.TFRecordWriter(str(self.folder / "Split-train" / "rows.gz"), options) as out:
            for row, cells in enumerate(self.cells):
                example = tf.train.Example()
                for name, cell in zip(self.names, cells, strict=True):
                    if not np.isnan(cell):
                        example.features.feature[name].float_list.value.append(cell)
                example.features.feature["c"].bytes_list.value.append(b"ab"[row % 2 : row % 2 + 1])
                example.features.feature["y"].float_list.value.append(row)
                out.write(example.SerializeToString())
        spec = dict.fromkeys([*self.names, "y"], tf.io.VarLenFeature(tf.float32)) | {
            "c": tf.io.VarLenFeature(tf.string)
        }
        io_utils.write_pbtxt_file(
            str(self.folder / "schema" / "schema.pbtxt"), schema_utils.schema_from_feature_spec(spec)
        )

    def run(self, executor: type[tfx_executor.Executor]) -> tft.TFTransformOutput:
        examples, schema, graph = (
            kind()
            for kind in (standard_artifacts.Examples, standard_artifacts.Schema, standard_artifacts.TransformGraph)
        )
        examples.uri, schema.uri = str(self.folder), str(self.folder / "schema")
        examples.split_names = json.dumps(["train"])
        examples.set_string_custom_property("payload_format", "FORMAT_TF_EXAMPLE")
        examples.set_string_custom_property("file_format", "tfrecords_gzip")
        graph.uri = str(self.folder / executor.__module__)
        context = base_beam_executor.BaseBeamExecutor.Context(
            beam_pipeline_args=list(memoising.LOCAL_ARGS), tmp_dir=f"{graph.uri}.tmp", unique_id="1"
        )
        properties = {
            "preprocessing_fn": "components.features.preprocessing.preprocessing_fn",
            "custom_config": json_utils.dumps({"description": self.description.to_json()}),
            "splits_config": proto_utils.proto_to_json(transform_pb2.SplitsConfig(analyze=["train"])),
            "disable_statistics": 1,
            "force_tf_compat_v1": 0,
        }
        executor(context).Do({"examples": [examples], "schema": [schema]}, {"transform_graph": [graph]}, properties)
        return tft.TFTransformOutput(graph.uri)


def same(values: tf.Tensor) -> tf.Tensor:
    """A derived feature of one column."""
    return values


@pytest.fixture(scope="module")
def step(tmp_path_factory: pytest.TempPathFactory) -> Step:
    memoising.speed_up()
    whole_examples.speed_up()
    return Step(tmp_path_factory.mktemp("transform"))


def test_the_graph_is_the_one_that_is_made_of_single_columns(step: Step) -> None:
    ours, theirs = step.run(transform.Executor), step.run(tfx_executor.Executor)
    assert set(ours.raw_feature_spec()) == {MATRIX, "c", "y"}
    assert packed_in(ours.raw_metadata.schema) == packed(step.description.features) == tuple(step.names)
    columns = dict(zip(step.names, tf.constant(step.cells.T), strict=True)) | {"c": tf.constant(["a", ""] * 100)}
    found, expected = (TransformGraph(output, "y")(columns) for output in (ours, theirs))
    assert set(found) == set(expected) == {MATRIX, "c", "n0 in ranges"}
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value, err_msg=name)
    assert np.isfinite(found[MATRIX]).all() and np.std(found[MATRIX], axis=0).min() > 0


def test_a_few_numbers_stay_single_columns() -> None:
    assert packed({name: Number() for name in "abc"}) == ()


def test_a_derived_number_is_no_column_to_be_read() -> None:
    features: dict[str, Feature] = {f"n{place}": Number() for place in range(100)}
    features["d"] = Number(derived="tests.components.features.test_transform:same", of=("n0",))
    assert packed(features) == tuple(f"n{place}" for place in range(100))
    schema = packed_schema(schema_pb2.Schema(), packed(features))
    assert schema.feature[0].shape.dim[0].size == 100
