import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import pairing

KEYS = st.lists(st.sampled_from("abcde"), max_size=12)


def arrow(keys: list[str]) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(keys, pa.string())])


@given(KEYS, KEYS)
def test_partners_have_the_same_key_and_no_row_is_paired_twice(keys: list[str], before: list[str]) -> None:
    found = pairing.partners(arrow(keys), arrow(before))
    paired = found[found >= 0].tolist()
    assert len(paired) == len(set(paired))
    assert all(keys[row] == before[place] for row, place in enumerate(found.tolist()) if place >= 0)


@given(KEYS, KEYS)
def test_as_many_rows_of_a_key_are_paired_as_both_have_and_in_their_order(keys: list[str], before: list[str]) -> None:
    found = pairing.partners(arrow(keys), arrow(before))
    for key in set(keys):
        places = [place for row, place in enumerate(found.tolist()) if keys[row] == key and place >= 0]
        assert len(places) == min(keys.count(key), before.count(key))
        assert places == sorted(places)


@given(KEYS)
def test_a_file_is_paired_with_itself_row_by_row(keys: list[str]) -> None:
    assert pairing.partners(arrow(keys), arrow(keys)).tolist() == list(range(len(keys)))


@pytest.mark.parametrize(
    ("label", "answer", "before", "expected"),
    [
        (0, 0, 0, pairing.SAME),
        (0, 1, 1, pairing.SAME),
        (0, 0, 1, pairing.FIXED),
        (0, 1, 0, pairing.BROKEN),
        (0, 1, 2, pairing.OTHER),
        (0, -1, 0, pairing.BROKEN),  # the answer is not finite
    ],
)
def test_a_side(label: int, answer: int, before: int, expected: str) -> None:
    arrays = (np.array([value]) for value in (label, answer, before))
    assert pairing.sides(*arrays, np.array([True])).tolist() == [expected]


def test_a_row_without_a_partner_has_not_changed() -> None:
    zero, one, no = np.array([0]), np.array([1]), np.array([False])
    assert pairing.sides(zero, zero, one, no).tolist() == [pairing.SAME]
