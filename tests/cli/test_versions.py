from pathlib import Path

import pytest

from cli import versions
from pipelines.page import catalog
from schemas.errors import InputError
from schemas.home import Home


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("SLIPWAY_HOME", str(tmp_path))
    return Home.from_environment()


def test_an_unknown_dataset_is_answered_as_the_catalog_does(home: Home) -> None:
    with pytest.raises(InputError) as caught:
        versions.entries(home, "titanik", catalog.names())
    assert str(caught.value) == str(catalog.unknown("titanik"))
    assert "did you mean titanic?" in str(caught.value)


def test_a_known_dataset_without_a_model_has_no_entries(home: Home) -> None:
    assert versions.entries(home, "titanic", catalog.names()) == []
