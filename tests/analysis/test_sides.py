import numpy as np
import pytest

from analysis import sides


@pytest.mark.parametrize(
    ("label", "answer", "before", "expected"),
    [
        (0, 0, 0, sides.SAME),
        (0, 1, 1, sides.SAME),
        (0, 0, 1, sides.FIXED),
        (0, 1, 0, sides.BROKEN),
        (0, 1, 2, sides.OTHER),
        (0, -1, 0, sides.BROKEN),  # the answer is not finite
    ],
)
def test_a_side(label: int, answer: int, before: int, expected: str) -> None:
    arrays = (np.array([value]) for value in (label, answer, before))
    assert sides.of(*arrays, np.array([True])).tolist() == [expected]


def test_a_row_without_a_partner_has_not_changed() -> None:
    zero, one, no = np.array([0]), np.array([1]), np.array([False])
    assert sides.of(zero, zero, one, no).tolist() == [sides.SAME]
