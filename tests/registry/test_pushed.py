"""Which folder a name and a version mean."""

from collections.abc import Callable
from pathlib import Path

import pytest

from registry import labels
from registry.pushed import find
from schemas.errors import InputError
from schemas.model_card import ModelCard

MakeCard = Callable[..., ModelCard]


def test_the_newest_model_is_found_and_any_version_by_name(make_card: MakeCard, tmp_path: Path) -> None:
    for serving, version in ((9, "1.0.0"), (10, "1.1.0")):
        make_card(version=version, serving_version=serving).write(tmp_path / str(serving))
    (tmp_path / ".pushing-11").mkdir()
    assert find(tmp_path, "titanic").name == "10"
    assert find(tmp_path, "titanic", "1.0.0").name == find(tmp_path, "titanic", "9").name == "9"
    with pytest.raises(InputError, match=r"no version '3'.*1\.0\.0, 1\.1\.0"):
        find(tmp_path, "titanic", "3")
    with pytest.raises(InputError, match="no model of 'titanic' has been pushed"):
        find(tmp_path / "nothing", "titanic")


def test_a_label_names_the_version_that_has_it(make_card: MakeCard, tmp_path: Path) -> None:
    models = tmp_path / "models" / "titanic"
    cards = [make_card(version=version, serving_version=number) for version, number in (("1.0.0", 9), ("1.1.0", 10))]
    for card in cards:
        card.write(models / str(card.serving_version))
    labels.put(tmp_path / "registry" / "titanic", "stable", cards[0], "")
    assert find(models, "titanic", "stable") == models / "9"
    with pytest.raises(InputError, match="no version 'unstable'"):
        find(models, "titanic", "unstable")
