"""TFX's Transform takes all columns without tracing preprocessing_fn for it."""

from typing import Any, NoReturn

import pytest
import tensorflow as tf
import tensorflow_transform as tft
from tfx.components.transform import executor

from pipelines.beam import whole_examples

NAMES = ("get_analyze_input_columns", "get_transform_input_columns")


def never(inputs: dict[str, Any]) -> NoReturn:
    raise AssertionError("it was traced")


def test_all_columns_are_taken_and_nothing_is_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.setattr(tft, name, getattr(tft, name))  # which puts it back after the test
    whole_examples.speed_up()
    specs = {name: tf.io.VarLenFeature(tf.float32) for name in ("a", "b")}
    for name in NAMES:
        # As TFX finds and calls them.
        assert getattr(executor.tft, name)(never, specs, force_tf_compat_v1=False) == ["a", "b"]
