import pytest

from analysis.rare_classes import rare_classes
from analysis.records import RareClass


@pytest.mark.parametrize(
    ("train", "rare"),
    [
        ({0: 100, 1: 5, 2: 5}, ()),
        ({0: 100, 1: 4}, ("b", "c")),
        ({0: 30_000, 1: 29, 2: 31}, ("b",)),
        ({0: 10_000_000, 1: 49, 2: 50}, ("b",)),
    ],
)
def test_a_class_with_hardly_an_example_is_named(train: dict[int, int], rare: tuple[str, ...]) -> None:
    assert tuple(found.name for found in rare_classes("abc", train, {})) == rare


def test_the_counts_of_both_splits_are_given() -> None:
    assert rare_classes(("many", "few", "none"), {0: 900, 1: 3}, {0: 90, 2: 2}) == (
        RareClass("few", 3, 0),
        RareClass("none", 0, 2),
    )
