import pytest

from schemas.problems import Problem
from schemas.slices import Buckets


@pytest.mark.parametrize(
    ("buckets", "labels"),
    [
        (Buckets("year", (73,)), ("< 73", ">= 73")),
        (Buckets("year", (1950, 2000.5)), ("< 1950", "1950 to < 2000.5", ">= 2000.5")),
        (Buckets("price", (100_000, 1_000_000)), ("< 100000", "100000 to < 1000000", ">= 1000000")),
        (Buckets("text", (1, 2, 100, 200), "words"), ("< 1", "1", "2 to 99", "100 to 199", ">= 200")),
    ],
)
def test_a_range_is_named_by_its_ends(buckets: Buckets, labels: tuple[str, ...]) -> None:
    assert buckets.labels == labels
    assert list(buckets.problems()) == []


def test_the_column_is_named_after_what_is_cut() -> None:
    assert Buckets("model year", (73,)).name == "model year (range)"
    assert Buckets("text", (73,), "words").name == "text (words)"


@pytest.mark.parametrize("edges", [(2, 1), (1, 1), (1, 3, 2)])
def test_edges_rise(edges: tuple[float, ...]) -> None:
    assert list(Buckets("x", edges).problems()) == [Problem("edges", edges, "numbers that rise")]


@pytest.mark.parametrize("edges", [(), None, [1, 2], "12", 5])
def test_edges_are_a_tuple(edges: object) -> None:
    assert list(Buckets("x", edges).problems()) == [Problem("edges", edges, "a tuple of one or more numbers")]
