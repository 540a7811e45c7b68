"""What tests of explanations share."""

from pathlib import Path

import pytest

from tests.components.evaluation import trained
from tests.components.evaluation.trained import Passengers


@pytest.fixture(scope="package")
def world(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Passengers:
    return trained.passengers(data, tmp_path_factory.mktemp("titanic"))
