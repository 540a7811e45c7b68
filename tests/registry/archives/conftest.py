"""An archive that the tests of this folder read, and change."""

import pytest

from tests.registry import homes
from tests.registry.archives.reading import MakeCard, numbered


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory, make_card: MakeCard) -> bytes:
    """Of a version with a dossier."""
    home = homes.home_at(tmp_path_factory.mktemp("home"))
    return b"".join(homes.archive_of(home, homes.add_version(home, numbered(make_card))).chunks())
