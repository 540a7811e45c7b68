"""A home with a small table, which the tests of one file share."""

import pytest

from schemas.home import Home
from tests.pipelines.experiments.ships import home_in


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return home_in(tmp_path_factory.mktemp("ships"))
