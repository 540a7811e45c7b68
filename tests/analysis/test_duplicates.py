import dataclasses
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.duplicates import MOST, digest, duplicates
from analysis.records import Duplicate
from prediction import split_rows
from prediction.split_rows import Row
from prediction.wire import tf_serving_pb2 as wire

cells = st.tuples(
    st.none() | st.integers(0, 2).map(float), st.none() | st.text("ab", max_size=2), st.binary(max_size=1)
).map(lambda values: dict(zip(("age", "name", "photo"), values, strict=True)))


def row(label: str | float | None = "no", **columns) -> Row:
    return Row(columns, label, b"")


def keyed(*rows: Row, key: str = "k") -> Iterator[tuple[str, Row]]:
    return ((f"{key}{place}", each) for place, each in enumerate(rows))


def test_a_test_row_names_its_first_twin_and_whether_the_label_is_the_same() -> None:
    test = [row(age=1.0, name="a"), row(age=2.0, name="b"), row(age=3.0, name=None), row("yes", age=3.0, name=None)]
    train = [row(age=9.0, name="a"), row(age=3.0, name=None), row(age=3.0, name=None)]
    found = duplicates(test, {"train": keyed(*train, key="t"), "eval": keyed(*test[1:3], key="e")})
    assert found.first == (
        Duplicate(1, "eval", "e0", True),
        Duplicate(2, "train", "t1", True),
        Duplicate(3, "train", "t1", False),
    )
    assert found.total == 3


def test_no_rows_have_no_twins() -> None:
    assert duplicates([], {"train": keyed(row(age=1.0))}) == ((), 0)
    assert duplicates([row(age=1.0)], {"train": keyed(), "eval": keyed()}) == ((), 0)


@given(st.lists(cells, max_size=12), st.lists(cells, max_size=12))
def test_rows_are_twins_if_all_their_columns_are_equal(test: list, train: list) -> None:
    found = duplicates([row(**values) for values in test], {"train": keyed(*(row(**values) for values in train))})
    assert [each.row for each in found.first] == [place for place, values in enumerate(test) if values in train]


def test_the_first_rows_are_given_and_all_are_counted() -> None:
    rows = [row(age=float(age)) for age in range(500)]
    found = duplicates(rows, {"train": keyed(*reversed(rows))})
    assert [each.row for each in found.first] == list(range(MOST))
    assert found.total == 500


def test_a_real_example_s_other_columns_do_not_count(make_card) -> None:
    card = make_card(inputs={"Age": {"type": "number"}, "Sex": {"type": "string"}})

    def read(**columns) -> Row:
        example = wire.Example()
        example.features.feature["Age"].float_list.value.append(22)
        example.features.feature["Survived"].int64_list.value.append(columns.pop("label"))
        for name, value in columns.items():
            example.features.feature[name].bytes_list.value.append(value)
        return split_rows.row_of(card, example.SerializeToString())

    one, other = read(label=0, Sex=b"male", Deck=b"A"), read(label=1, Sex=b"male")
    assert digest(one) == digest(other) != digest(read(label=0, Sex=b"female"))
    assert duplicates([one], {"train": keyed(other)}).first[0].same_label is False


def test_zero_has_one_sign_and_columns_have_ends() -> None:
    assert digest(row(a=0.0)) == digest(row(a=-0.0))
    assert digest(row(a="xy", b="z")) != digest(row(a="x", b="yz"))
    assert digest(row(a=None, b="x")) != digest(row(a="x", b=None))


@pytest.mark.parametrize("count", [20_000])
def test_memory_is_some_bytes_a_row(count: int) -> None:
    def rows(first: int) -> Iterator[Row]:
        return (row(text=f"{number} " * 100) for number in range(first, first + count))

    tracemalloc.start()
    found = duplicates(rows(0), {"train": (("k", each) for each in rows(count - 1))})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.total == 1 and dataclasses.asdict(found.first[0])["row"] == count - 1
    assert peak < 100 * count + 4_000_000
