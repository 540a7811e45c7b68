"""TFDV's histograms by arrays: those that TFDV makes itself."""

import importlib

import numpy as np
import pyarrow as pa
import pytest
import tfx.components.statistics_gen  # noqa: F401 - which makes TFDV importable
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer
from tensorflow_data_validation.utils import quantiles_util
from tfx_bsl import sketches

from pipelines.beam import histograms

# TFDV's own functions, however many tests before this one have replaced them in the module.
_THEIRS = importlib.util.module_from_spec(quantiles_util.__spec__)
quantiles_util.__spec__.loader.exec_module(_THEIRS)
_FLOATS = st.floats(width=32, allow_nan=False) | st.sampled_from([0.0, 1.0, 2.0, np.inf, -np.inf])


def _quantiles(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    sketch = sketches.QuantilesSketch(0.01, 1 << 32, 1)
    sketch.AddValues(pa.array(values))
    found = sketch.GetQuantilesAndCumulativeWeights(1000)
    return tuple(side.flatten().to_numpy(zero_copy_only=False) for side in found)


def _check(values: np.ndarray) -> None:
    quantiles, counts = _quantiles(values)
    for ours, theirs in zip(
        histograms.bin_weights(quantiles, counts), _THEIRS._get_bin_weights(quantiles, counts), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)
    finite = values[np.isfinite(values)]
    ends = (float(finite.min()), float(finite.max())) if len(finite) else (np.inf, -np.inf)
    arguments = (quantiles, counts, *ends, 10, float(np.isposinf(values).sum()))
    assert histograms.equal_widths(*arguments) == _THEIRS.generate_equi_width_histogram(*arguments)


@given(st.lists(_FLOATS, min_size=1, max_size=60))
@settings(max_examples=150, deadline=None)
def test_a_histogram_is_that_of_tfdv(values: list[float]) -> None:
    _check(np.array(values, np.float32))


@pytest.mark.parametrize("column", [0, 3, 16, 29])
def test_a_histogram_of_real_measurements_is_that_of_tfdv(column: int) -> None:
    _check(load_breast_cancer().data[:, column].astype(np.float32))


def test_tfdv_uses_them() -> None:
    histograms.speed_up()
    assert quantiles_util.generate_equi_width_histogram is histograms.equal_widths
    assert quantiles_util._get_bin_weights is histograms.bin_weights
