"""The sizes of a learning curve as they are typed."""

import pytest

from pipelines.experiments.curve_plan import DEFAULT, Plan, name, node
from schemas.errors import InputError


@pytest.mark.parametrize(
    ("text", "shares"),
    [(DEFAULT, (0.1, 0.25, 0.5)), ("0.5", (0.5,)), ("1, 0.5 ,0.1,0.1", (0.1, 0.5)), ("1e-3,1", (0.001,))],
)
def test_shares_are_sorted_and_the_whole_goes_without_saying(text: str, shares: tuple[float, ...]) -> None:
    assert Plan.of_text(text).shares == shares


@pytest.mark.parametrize("text", ["", "1", "0,1", "-0.5", "1.5", "0.5,,1", "half", "nan", "inf"])
def test_another_text_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(InputError, match=r"--sizes: received .*0\.1,0\.25,0\.5,1"):
        Plan.of_text(text)


def test_a_size_has_one_name_in_every_learning_curve() -> None:
    assert node("Point", 0.25) == "Point.0.25" and name(0.125) == "Size 12.5%"
