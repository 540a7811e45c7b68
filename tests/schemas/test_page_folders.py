"""Where pages are looked for, and the files beside them."""

import os
from pathlib import Path

import pytest

from schemas import cases, curated, page_folders
from schemas.errors import InputError


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with an empty ``pipelines``."""
    (tmp_path / "pipelines").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(page_folders.VARIABLE, raising=False)
    return tmp_path


def copy_of_slipway(folder: Path) -> Path:
    (folder / "page").mkdir(parents=True)
    (folder / "page" / "catalog.py").touch()
    (folder / "spec.py").touch()
    return folder


def test_the_current_folder_s_pipelines_come_first_then_those_of_the_variable(there: Path) -> None:
    (there / "b").mkdir()
    (there / "a").mkdir()
    found = page_folders.outside({page_folders.VARIABLE: f"{there / 'b'}{os.pathsep}a"})
    assert found == (there / "pipelines", there / "b", there / "a")


def test_without_a_folder_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert page_folders.outside({}) == ()


def test_a_folder_that_is_named_twice_counts_once(there: Path) -> None:
    (there / "link").symlink_to(there / "pipelines")
    names = os.pathsep.join(["pipelines", "", str(there / "link"), f"{there}/pipelines/"])
    assert page_folders.outside({page_folders.VARIABLE: names}) == (there / "pipelines",)


def test_the_package_is_no_folder_of_the_user_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(page_folders.PACKAGE.parent)
    assert page_folders.outside({page_folders.VARIABLE: str(page_folders.PACKAGE)}) == ()
    assert page_folders.copies({}) == []


def test_another_copy_of_slipway_is_not_read_and_is_named(there: Path) -> None:
    copy = copy_of_slipway(there / "copy" / "pipelines")
    variables = {page_folders.VARIABLE: str(copy)}
    assert page_folders.outside(variables) == (there / "pipelines",)
    assert page_folders.copies(variables) == [copy]


def test_a_folder_that_is_not_there_is_refused(there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    variables = {page_folders.VARIABLE: f"{there / 'pipelines'}{os.pathsep}nowhere"}
    assert page_folders.outside(variables) == (there / "pipelines",)
    with pytest.raises(InputError) as caught:
        page_folders.check(variables)
    assert str(caught.value) == (
        f"SLIPWAY_PIPELINES: received '{there}/nowhere', which is no folder; "
        "folders with pages are expected, with ':' between them"
    )


def test_modules_of_the_user_s_are_found_last(there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = ["/installed"]
    monkeypatch.setattr(page_folders.sys, "path", ["/libraries"])
    page_folders.make_importable(path)
    page_folders.make_importable(path)
    own = str(there / "pipelines")
    assert (path, page_folders.sys.path) == (["/installed", own], ["/libraries", own])


@pytest.mark.parametrize(
    ("file", "shown"),
    [
        (page_folders.PACKAGE / "titanic.py", "pipelines/titanic.py"),
        (Path("/elsewhere/wine.py"), "/elsewhere/wine.py"),
    ],
)
def test_a_file_is_named_from_the_package(file: Path, shown: str) -> None:
    assert page_folders.shown(file) == shown


def test_a_file_below_the_current_folder_is_named_from_it(there: Path) -> None:
    assert page_folders.shown(there / "pipelines" / "wine.py") == "pipelines/wine.py"


def test_the_schema_beside_a_page_is_the_dataset_s(there: Path) -> None:
    assert curated.text_of("wine") == ""
    assert curated.file_of("wine") == "schemas/wine.pbtxt"
    (there / "pipelines" / "wine.py").touch()
    assert curated.file_of("wine") == "pipelines/wine.pbtxt"
    (there / "pipelines" / "wine.pbtxt").write_text("# ours")
    assert curated.text_of("wine") == "# ours"
    with pytest.raises(InputError, match=r"^pipelines/wine\.pbtxt is not a tensorflow_metadata Schema"):
        curated.parse("wine {", "wine")


def test_the_cases_beside_a_page_have_a_name_of_their_own(there: Path) -> None:
    assert cases.file_of("wine") == "pipelines/cases/wine.jsonl"
    (there / "pipelines" / "wine.cases.jsonl").touch()
    assert cases.file_of("wine") == "pipelines/wine.cases.jsonl"


def test_two_schemas_of_a_dataset_are_refused(there: Path) -> None:
    second = there / "pipelines" / "titanic.pbtxt"
    second.touch()
    with pytest.raises(InputError) as caught:
        curated.text_of("titanic")
    first = page_folders.PACKAGE.parent / "schemas" / "titanic.pbtxt"
    assert str(caught.value) == f"titanic has two files of a kind, {first} and {second}; keep the one beside its page"


def test_a_page_that_was_put_into_the_package_has_its_files_beside_it_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_folders, "PACKAGE", tmp_path / "pipelines")
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "pipelines" / "wine.py").touch()
    assert curated.file_of("wine") == "schemas/wine.pbtxt"
    (tmp_path / "pipelines" / "wine.pbtxt").write_text("# ours")
    assert (curated.text_of("wine"), curated.file_of("wine")) == ("# ours", "pipelines/wine.pbtxt")
