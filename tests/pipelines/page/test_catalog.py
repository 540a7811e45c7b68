import importlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.page import catalog
from pipelines.spec import Pipeline
from schemas import page_folders
from schemas.errors import InputError, SpecError

HEAVY = ("tensorflow", "tfx", "apache_beam", "keras", "sklearn", "pandas", "numpy", "pyarrow")


def test_the_pages_are_found_and_the_machinery_is_not() -> None:
    names = catalog.names()
    assert {"digits", "titanic"} <= set(names)
    assert not {"spec", "catalog", "builder", "titanic_features", "__init__"} & set(names)
    assert names == sorted(names)


@pytest.mark.parametrize("name", catalog.names())
def test_every_page_is_named_as_its_module_and_says_what_it_is(name: str) -> None:
    assert catalog.load(name).name == name
    summary = catalog.summary(name)
    assert 10 < len(summary) < 120
    assert summary.endswith(".")


@pytest.mark.parametrize(("typed", "meant"), [("titanik", "titanic"), ("digit", "digits")])
def test_an_unknown_dataset_that_is_close_to_one_is_answered_with_it(typed: str, meant: str) -> None:
    with pytest.raises(InputError) as caught:
        catalog.load(typed)
    known = ", ".join(catalog.names())
    assert str(caught.value) == f"unknown dataset {typed!r}: did you mean {meant}? known are {known} (slipway list)"


@pytest.mark.parametrize("typed", ["zzzzzz", "", "spec", "../titanic", "pipelines.titanic"])
def test_an_unknown_dataset_is_answered_with_the_known_ones(typed: str) -> None:
    with pytest.raises(InputError) as caught:
        catalog.load(typed)
    assert str(caught.value).startswith(f"unknown dataset {typed!r}: ")
    assert str(caught.value).endswith(f"known are {', '.join(catalog.names())} (slipway list)")


def test_loading_all_pages_imports_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import json, sys; from pipelines.page import catalog\n"
        "loaded = [catalog.load(name).name for name in catalog.names()]\n"
        f"print(json.dumps([loaded, [name for name in {HEAVY} if name in sys.modules]]))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    loaded, heavy = json.loads(done.stdout)
    assert loaded == catalog.names()
    assert heavy == []


def test_a_page_that_is_not_named_as_its_file_is_refused(
    make_page: Callable[..., Pipeline], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.import_module("pipelines.titanic"), "pipeline", make_page())
    with pytest.raises(SpecError) as caught:
        catalog.load("titanic")
    assert str(caught.value) == "pipelines/titanic.py: name: received 'ships'; use 'titanic', as the file is called"


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes a text the page of a dataset ``boats``, the only one there is."""
    folder = tmp_path / "pipelines"
    folder.mkdir()
    monkeypatch.setattr(page_folders, "PACKAGE", folder)
    monkeypatch.setattr(importlib.import_module("pipelines"), "__path__", [str(folder)])
    monkeypatch.chdir(tmp_path)
    importlib.invalidate_caches()

    def write(text: str) -> None:
        (folder / "boats.py").write_text(text, encoding="utf-8")
        importlib.invalidate_caches()

    return write


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "from pipelines.spec import Number\n\npipeline = Pipeline(x=Number(mising=1))",
            "pipelines/boats.py: name 'Pipeline' is not defined; correct line 3 of the page",
        ),
        (
            "from pipelines.spec import Number, Pipeline\n\npipeline = Pipeline(\n    x=Number(\n        mising=1))",
            "pipelines/boats.py: Number.__init__() got an unexpected keyword argument 'mising'; "
            "correct line 4 of the page",
        ),
        ("pipeline = Pipeline(\n", "pipelines/boats.py: '(' was never closed (boats.py, line 1); correct the page"),
        (
            "import pipelines.boots\npipeline = Pipeline()",
            "pipelines/boats.py: No module named 'pipelines.boots'; correct line 1 of the page",
        ),
        (
            "raise ValueError('a\\nb')\npipeline = Pipeline()",
            "pipelines/boats.py: a b; correct line 1 of the page",
        ),
    ],
)
def test_a_page_that_cannot_be_run_is_refused_in_one_line(page: Callable[[str], None], text: str, problem: str) -> None:
    page(text)
    with pytest.raises(SpecError) as caught:
        catalog.load("boats")
    assert str(caught.value) == problem


def test_what_a_page_says_of_its_own_mistake_is_kept(page: Callable[[str], None]) -> None:
    page("from schemas.errors import SpecError\nraise SpecError('boats: no')\npipeline = Pipeline()")
    with pytest.raises(SpecError, match=r"^boats: no$"):
        catalog.load("boats")


@pytest.mark.parametrize("line", ["pipeline = Pipeline(", "pipeline: Pipeline = Pipeline(", "pipeline=Pipeline("])
def test_a_page_is_known_by_its_assignment(page: Callable[[str], None], line: str) -> None:
    page(f"{line}\n")
    assert catalog.names() == ["boats"]


@pytest.mark.parametrize("line", ["    pipeline = Pipeline(", "pipelines = Pipeline(", "def f(pipeline: Pipeline):"])
def test_other_code_is_no_page(page: Callable[[str], None], line: str) -> None:
    page(f"{line}\n")
    assert catalog.names() == []


def test_a_summary_does_not_run_the_page(page: Callable[[str], None]) -> None:
    page('"""Which boat is it?\n\nMore.\n"""\nraise SystemExit\n')
    assert catalog.summary("boats") == "Which boat is it?"


@pytest.mark.parametrize("text", ["pipeline = Pipeline(\n", "\0"])
def test_a_page_without_a_summary_says_why(page: Callable[[str], None], text: str) -> None:
    page(text)
    assert catalog.summary("boats").startswith("The page cannot be read: ")
