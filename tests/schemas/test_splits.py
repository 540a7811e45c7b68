"""What may stand in a page's splits; how rows fall into them is in tests/components/data/test_example_gen.py."""

import pytest

from schemas.problems import Problem
from schemas.splits import EVAL, NAMES, TEST, TRAIN, Splits

SHARE = "a whole number from 1 to 1000"


def test_the_shares_are_in_the_order_of_the_names() -> None:
    assert (TRAIN, EVAL, TEST) == NAMES == ("train", "eval", "test")
    assert dict(zip(NAMES, Splits(train=8, eval=3, test=1).shares, strict=True)) == {"train": 8, "eval": 3, "test": 1}


def test_a_page_that_says_nothing_learns_from_seventy_rows_of_a_hundred_and_hashes_whole_rows() -> None:
    # Another default would divide the rows of every such page anew: no model could be compared with the one before.
    assert Splits() == Splits(train=70, eval=15, test=15, key=(), salt=0)


@pytest.mark.parametrize("share", [1, 1000])
@pytest.mark.parametrize("name", NAMES)
def test_a_share_may_be_one_bucket_or_a_thousand(name: str, share: int) -> None:
    assert list(Splits(**{name: share}).problems()) == []


@pytest.mark.parametrize("share", [0, 1001, -70, 0.7, True])
@pytest.mark.parametrize("name", NAMES)
def test_a_share_of_no_bucket_or_of_too_many_is_refused(name: str, share: float) -> None:
    assert list(Splits(**{name: share}).problems()) == [Problem(name, share, SHARE)]  # type: ignore[arg-type]


def test_any_whole_number_from_zero_on_is_a_salt() -> None:
    assert [list(Splits(salt=salt).problems()) for salt in (0, 1, 10**9)] == [[], [], []]
    assert list(Splits(salt=-1).problems()) == [Problem("salt", -1, "a whole number of at least 0")]


def test_a_key_may_have_several_columns_and_is_a_tuple() -> None:
    assert list(Splits(key=("captain", "port")).problems()) == []
    assert list(Splits(key="captain").problems()) == [Problem("key", "captain", "a tuple of strings")]  # type: ignore[arg-type]
