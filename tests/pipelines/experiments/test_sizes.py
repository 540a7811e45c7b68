"""Models from the smallest upwards, and what is switched off in them."""

import dataclasses

import pytest

from pipelines.experiments import sizes
from schemas.features import Image
from schemas.models import Convolutional, Custom, NGrams, Sequence, Tabular
from schemas.training import Training

PICTURE = {"image": Image(height=8, width=8, channels=1)}


@pytest.mark.parametrize("spec", [Tabular(wide=True), NGrams(), Convolutional(), Sequence(reader="gru")])
def test_each_size_is_a_larger_model_that_the_page_s_kind_allows(spec) -> None:
    found = [sizes.of_size(spec, size, PICTURE) for size in range(7)]
    assert len(set(found)) == len(found)
    for one in found:
        assert type(one) is type(spec) and list(one.problems()) == []
    same = {field.name for field in dataclasses.fields(spec)} - {"hidden", "filters", "embedding", "width"}
    assert {name: getattr(found[3], name) for name in same} == {name: getattr(spec, name) for name in same}
    assert len({sizes.words(one) for one in found}) == len(found)


def test_widths_double_and_every_second_size_has_another_layer() -> None:
    widths = [sizes.of_size(Tabular(), size, {}).hidden for size in range(6)]
    assert widths == [(), (8,), (16,), (32, 16), (64, 32), (128, 64, 32)]


def test_blocks_end_where_the_picture_is_two_pixels_wide() -> None:
    assert [len(sizes.of_size(Convolutional(), size, PICTURE).filters) for size in range(7)] == [1, 1, 2, 2, 2, 2, 2]


def test_a_plain_model_has_nothing_that_regularises() -> None:
    found = sizes.plain(Convolutional(dropout=0.5, l2=0.1, batch_norm=True, shift=0.1, flip=True, filters=(8,)))
    assert found == Convolutional(dropout=0.0, filters=(8,))
    assert sizes.plain(NGrams(input_dropout=0.3)) == NGrams(dropout=0.0)
    training = sizes.plain_training(Training(weight_decay=0.1, label_smoothing=0.1, ensemble=4, epochs=7))
    assert training == Training(epochs=7)


@pytest.mark.parametrize("spec", [Tabular(), NGrams(), Convolutional(), Sequence()])
def test_every_change_that_regularises_is_one_of_the_model_s_settings(spec) -> None:
    changes = sizes.regularised(spec)
    assert {"dropout", "l1", "l2", "batch_norm"} <= {name for change in changes for name in change}
    for change in changes:
        assert list(dataclasses.replace(sizes.plain(spec), **change).problems()) == []
        assert dataclasses.replace(sizes.plain(spec), **change) != sizes.plain(spec)


def test_a_model_of_one_s_own_has_no_sizes() -> None:
    assert not sizes.has_sizes(Custom("mine:build")) and sizes.has_sizes(Tabular())
