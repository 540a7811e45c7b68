from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.data.sources.limits import Quotas

SIZES = st.dictionaries(st.text("abcdef", max_size=3), st.integers(1, 300), min_size=1, max_size=12)


@given(SIZES, st.integers(1, 2000))
def test_all_of_the_limit_is_shared_and_no_group_has_more_than_it_holds(sizes: dict[str, int], limit: int) -> None:
    left = Quotas(sizes, limit).left
    assert left.total() == min(limit, sum(sizes.values()))
    assert all(left[group] <= sizes[group] for group in sizes)
    if limit >= len(sizes):
        assert all(left[group] for group in sizes)


@given(SIZES, st.integers(1, 2000))
def test_a_share_is_in_proportion_to_the_group_s_size(sizes: dict[str, int], limit: int) -> None:
    left = Quotas(sizes, limit).left
    total, rows = sum(sizes.values()), min(limit, sum(sizes.values()))
    if limit >= len(sizes):
        # Beside the first of each group, which is there whatever its size.
        assert all(left[group] <= rows * size / total + 2 for group, size in sizes.items())
        assert all(left[group] >= (rows - len(sizes)) * size / total - 1 for group, size in sizes.items())


def test_equal_groups_have_equal_shares() -> None:
    assert set(Quotas(dict.fromkeys("abcd", 12_500), 1000).left.values()) == {250}


def test_a_limit_smaller_than_the_number_of_groups_takes_one_of_the_largest() -> None:
    assert Quotas({"a": 5, "b": 50, "c": 7}, 2).left == Counter({"b": 1, "c": 1})


def test_without_a_limit_all_rows_are_read() -> None:
    assert Quotas({"a": 5, "b": 7}, 0).left == Counter({"a": 5, "b": 7})


@pytest.mark.parametrize("limit", [1, 3, 10])
def test_rows_are_taken_until_the_group_s_share_is_used(limit: int) -> None:
    quotas = Quotas({"a": 6, "b": 6}, limit)
    taken = [row for row in "aababbabbaab" if quotas.take(row)]
    assert len(taken) == limit and quotas.done and not quotas.take("a")
