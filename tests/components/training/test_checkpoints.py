"""A checkpoint is read as it was written, whole, or refused."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from components.training.checkpoints import FILE, Checkpoints, Progress
from schemas.errors import InputError
from schemas.events import EpochEnded

_ARRAYS = st.lists(
    st.sampled_from([np.float32, np.int64, np.uint32]).flatmap(lambda kind: arrays(kind, array_shapes(min_dims=0))),
    max_size=3,
)

_METRICS = st.dictionaries(st.text(), st.floats(allow_nan=False), max_size=2)


@given(
    st.builds(
        Progress,
        epoch=st.integers(0, 1000),
        best=st.none() | st.floats(allow_nan=False),
        wait=st.integers(0, 100),
        best_epoch=st.integers(0, 100),
        weights=_ARRAYS,
        best_weights=_ARRAYS,
        members=st.lists(_ARRAYS, max_size=3),
        curves=st.lists(st.builds(EpochEnded, train=_METRICS, eval=_METRICS), max_size=3),
    )
)
def test_what_is_saved_is_loaded(tmp_path_factory: pytest.TempPathFactory, progress: Progress) -> None:
    checkpoints = Checkpoints(tmp_path_factory.mktemp("kept"), writes=True)
    checkpoints.save(progress)
    found = checkpoints.load()
    for name in ("epoch", "best", "wait", "best_epoch", "curves"):
        assert getattr(found, name) == getattr(progress, name)
    lists = zip(
        [found.weights, found.best_weights, *found.members],
        [progress.weights, progress.best_weights, *progress.members],
        strict=True,
    )
    for one, other in lists:
        for a, b in zip(one, other, strict=True):
            assert a.dtype == b.dtype
            np.testing.assert_array_equal(a, b)


def test_without_a_checkpoint_training_begins_anew(tmp_path: Path) -> None:
    assert Checkpoints(tmp_path, writes=True).load() == Progress()


def test_only_the_chief_writes(tmp_path: Path) -> None:
    Checkpoints(tmp_path, writes=False).save(Progress(epoch=3))
    assert not list(tmp_path.iterdir())


def test_a_later_checkpoint_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path, writes=True)
    checkpoints.save(Progress(epoch=1))
    checkpoints.save(Progress(epoch=2))
    assert checkpoints.load().epoch == 2
    assert [file.name for file in tmp_path.iterdir()] == [FILE]


@pytest.mark.parametrize("kept", [0, 10, 300])
def test_a_damaged_checkpoint_is_named(tmp_path: Path, kept: int) -> None:
    checkpoints = Checkpoints(tmp_path, writes=True)
    checkpoints.save(Progress(epoch=1, weights=[np.zeros(1000)]))
    whole = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(whole[:kept])
    with pytest.raises(InputError, match=r"training\.npz cannot be read.*remove it"):
        checkpoints.load()


def test_a_checkpoint_of_before_the_curves_is_read(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path, writes=True)
    checkpoints.save(Progress(epoch=2, weights=[np.zeros(3)]))
    with np.load(tmp_path / FILE) as found:
        arrays = dict(found)
    numbers = json.loads(str(arrays.pop("numbers")))
    del numbers["curves"]
    with (tmp_path / FILE).open("wb") as file:
        np.savez(file, numbers=np.array(json.dumps(numbers)), **arrays)
    found = checkpoints.load()
    assert (found.epoch, found.curves) == (2, [])
