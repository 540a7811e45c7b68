from pathlib import Path

import pytest

from schemas.errors import InputError
from schemas.home import Home, data_root


def test_home_is_a_hidden_folder_here_and_data_is_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    home = Home.from_environment({})
    assert (home.root, home.data) == (tmp_path / ".slipway", tmp_path / ".slipway" / "data")


def test_data_follows_home(tmp_path: Path) -> None:
    home = Home.from_environment({"SLIPWAY_HOME": str(tmp_path / "h")})
    assert (home.root, home.data) == (tmp_path / "h", tmp_path / "h" / "data")


def test_data_has_a_variable_of_its_own(tmp_path: Path) -> None:
    home = Home.from_environment({"SLIPWAY_HOME": str(tmp_path / "h"), "SLIPWAY_DATA": str(tmp_path / "d")})
    assert (home.root, home.data) == (tmp_path / "h", tmp_path / "d")


def test_an_empty_variable_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    home = Home.from_environment({"SLIPWAY_HOME": "", "SLIPWAY_DATA": ""})
    assert (home.root, home.data) == (tmp_path / ".slipway", tmp_path / ".slipway" / "data")


def test_relative_folders_become_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    home = Home.from_environment({"SLIPWAY_HOME": "h", "SLIPWAY_DATA": "d"})
    assert (home.root, home.data) == (tmp_path / "h", tmp_path / "d")


def test_every_kind_of_thing_has_its_folder(tmp_path: Path) -> None:
    home = Home(tmp_path, tmp_path / "data")
    folders = [kind("titanic") for kind in (home.pipeline, home.models, home.registry)]
    assert folders == [tmp_path / kind / "titanic" for kind in ("pipelines", "models", "registry")]
    assert home.metadata == tmp_path / "metadata.db"


def test_nothing_is_created_before_prepare(tmp_path: Path) -> None:
    Home.from_environment({"SLIPWAY_HOME": str(tmp_path / "h")})
    assert list(tmp_path.iterdir()) == []


def test_prepare_makes_the_folders_and_leaves_no_file_in_them(tmp_path: Path) -> None:
    home = Home(tmp_path / "h", tmp_path / "d")
    home.prepare("titanic")
    home.prepare("titanic")
    assert all(
        folder.is_dir() for folder in (home.pipeline("titanic"), home.models("titanic"), home.registry("titanic"))
    )
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_home_that_cannot_be_made_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    root = tmp_path / "file" / "home"
    with pytest.raises(InputError, match="set SLIPWAY_HOME to a folder that you can write to") as caught:
        Home(root, root / "data").prepare("titanic")
    assert str(caught.value).startswith(f"cannot write to {root}: ")


def test_the_folder_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "models").touch()
    with pytest.raises(InputError) as caught:
        Home(tmp_path, tmp_path / "data").prepare("titanic")
    assert str(caught.value).startswith(f"cannot write to {tmp_path / 'models' / 'titanic'}: ")


def test_another_data_root_is_a_folder_that_is_there(tmp_path: Path) -> None:
    assert data_root(str(tmp_path)) == tmp_path
    for text, said in {
        "s3://bucket/data": "gs://BUCKET/PATH is expected",
        "relative": "an absolute path",
        f"{tmp_path}/../x": "an absolute path",
        str(tmp_path / "none"): "there is no folder",
        "gs://bucket/data": "there is no folder /gcs/bucket/data",
    }.items():
        with pytest.raises(InputError, match=said):
            data_root(text)
