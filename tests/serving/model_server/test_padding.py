"""Padding of batches: sizes, rows and inner shapes."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from serving.model_server.batching import Limits
from serving.model_server.errors import ServingError
from serving.model_server.padding import Padding
from tests.serving.model_server import saved_models
from tests.serving.model_server.running import Running
from tests.serving.model_server.test_grpc import predict


@pytest.mark.parametrize(("rows", "size"), [(0, 0), (1, 2), (2, 2), (3, 8), (8, 8), (9, 9)])
def test_the_next_allowed_size(rows: int, size: int) -> None:
    assert Padding((2, 8)).size(rows) == size


@pytest.mark.parametrize(
    ("sizes", "text"),
    [
        ((2, 4), "Last entry in allowed_batch_sizes must match max_batch_size; last entry was 4; expected 8"),
        ((4, 2, 8), "allowed_batch_sizes entries must be monotonically increasing"),
    ],
)
def test_sizes_that_do_not_fit_fail_the_model(sizes: tuple[int, ...], text: str) -> None:
    with pytest.raises(ServingError) as caught:
        Limits(8, padding=Padding(sizes)).check()
    assert caught.value.message == text


def test_rows_are_filled_up_with_a_copy_of_one() -> None:
    joined = Padding((4,)).join([np.array([[1, 2]]), np.array([[3, 4]]), np.zeros((0, 2))], 4)
    assert joined.tolist() == [[1, 2], [3, 4], [3, 4], [3, 4]]


def test_inner_shapes_are_filled_up_with_an_arrays_first_element() -> None:
    texts = np.array([[b"a", b"b", b"c"]], object), np.array([[b"d"], [b"e"]], object)
    assert Padding(inner=True).join(texts, 3).tolist() == [[b"a", b"b", b"c"], [b"d"] * 3, [b"e", b"d", b"d"]]
    cubes = np.full((1, 1, 2), 7), np.full((1, 2, 1), 9)
    assert Padding(inner=True).join(cubes, 2).tolist() == [[[7, 7], [7, 7]], [[9, 9], [9, 9]]]


def test_requests_of_different_inner_shape_share_a_run(tmp_path: Path) -> None:
    (tmp_path / "widths").mkdir()
    saved_models.widths(tmp_path / "widths" / "1")
    server = Running(tmp_path, limits=Limits(rows=4, delay=0.5, padding=Padding((4,), inner=True)))

    def ask(row: list[float]) -> list[list[float]]:
        outputs = predict(server, "widths", {"x": np.float32([row])}).outputs
        return [tf.make_ndarray(outputs[name]).tolist() for name in ("sum", "width")]

    with ThreadPoolExecutor() as pool:
        narrow, wide = pool.map(ask, ([1, 2], [10, 20, 30, 40]))
    server.stop()
    assert narrow == [[5], [4]] and wide == [[100], [4]]  # 1 + 2 + 1 + 1: its first element, twice
