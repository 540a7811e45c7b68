from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.model_card import ModelCard
from tests.registry.made_home import MadeHome


@pytest.fixture
def made(tmp_path: Path, make_card: Callable[..., ModelCard]) -> MadeHome:
    """A home without models yet."""
    return MadeHome(tmp_path / "home", make_card)
