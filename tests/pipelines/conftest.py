"""A small sound page for tests that change one thing of it."""

from collections.abc import Callable
from typing import Any

import pytest

from pipelines.spec import BinaryClassification, Category, Csv, Number, Pipeline, Tabular


@pytest.fixture(scope="session")
def make_page() -> Callable[..., Pipeline]:
    """The page of a dataset ``ships``, with the fields that a test changes. Raises what the page raises."""

    def make_page(**changes: Any) -> Pipeline:
        page: dict[str, Any] = {
            "name": "ships",
            "source": Csv("ships.csv"),
            "task": BinaryClassification("sunk", ("no", "yes")),
            "features": {"tons": Number(), "flag": Category()},
            "model": Tabular(),
        }
        return Pipeline(**page | changes)

    return make_page
