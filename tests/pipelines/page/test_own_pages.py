"""Pages outside of the package: loaded with the modules beside them, and never mistaken for others."""

import importlib
import os
import sys
from pathlib import Path

import pytest

import pipelines
from components.code_version import code_version
from components.features import derived
from pipelines.kubeflow import compiler
from pipelines.kubeflow.simulate import processes
from pipelines.page import catalog, handpicked
from schemas import page_folders
from schemas.errors import InputError, SpecError

PAGE = '''"""Which wine is it?"""

import pipelines.spec as s

pipeline = s.Pipeline(
    name="{name}",
    source=s.Csv("wine.csv"),
    task=s.Regression(label="price"),
    features={{"tint": s.Number(derived="{derived}", of=("hue",))}},
    model=s.Tabular(),
)
'''


class Project:
    """A folder of the user's that is the current one, with its ``pipelines``."""

    def __init__(self, folder: Path) -> None:
        self.pages = folder / "pipelines"
        self.pages.mkdir()

    def write(self, file: str, text: str) -> Path:
        path = self.pages / file
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        importlib.invalidate_caches()
        return path

    def page(self, name: str = "wine", derived: str = "wine_features:hue", folder: str = ".") -> Path:
        return self.write(f"{folder}/{name}.py", PAGE.format(name=name, derived=derived))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(page_folders.VARIABLE, raising=False)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    pipelines_path = list(pipelines.__path__)
    yield Project(tmp_path)
    pipelines.__path__[:] = pipelines_path
    vars(pipelines).pop("wine", None)


def test_a_page_of_ones_own_is_loaded_with_its_helpers_under_both_names(project: Project) -> None:
    project.write("wine_features.py", "def hue(value):\n    return value * 2\n")
    for path in ("wine_features:hue", "pipelines.wine_features:hue"):
        project.page(derived=path)
        sys.modules.pop("pipelines.wine", None)
        assert catalog.load("wine").features["tint"].derived == path
        assert derived.load(path)(3) == 6


def test_it_is_listed_with_its_file(project: Project) -> None:
    file = project.page()
    (row,) = [row for row in catalog.rows() if row.is_outside]
    assert (row.name, row.summary, row.path) == ("wine", "Which wine is it?", file)
    assert catalog.notes() == []


def test_a_name_that_stands_twice_is_refused_and_the_others_are_not(project: Project) -> None:
    file = project.page("titanic")
    own = page_folders.PACKAGE / "titanic.py"
    with pytest.raises(InputError) as caught:
        catalog.load("titanic")
    assert str(caught.value) == f"{own} and {file} have the same name; rename or remove one of them"
    assert catalog.notes() == [str(caught.value)]
    assert catalog.summary("titanic").endswith(f"{caught.value}.")
    assert catalog.load("digits").name == "digits"


def test_a_page_that_was_overlooked_is_refused_with_the_reason(project: Project) -> None:
    project.write("wine.py", "from pipelines.spec import Pipeline\n\ndef page():\n    return Pipeline(name='wine')\n")
    with pytest.raises(InputError, match=r"^pipelines/wine\.py is no page: its line 4 makes a Pipeline that is not "):
        catalog.load("wine")
    (note,) = catalog.notes()
    assert note.startswith("pipelines/wine.py is no page: ")


def test_a_condition_that_did_not_hold_is_said(project: Project) -> None:
    project.write("wine.py", "import pipelines.spec as s\nif not s:\n    pipeline = s.Pipeline(name='wine')\n")
    with pytest.raises(SpecError) as caught:
        catalog.load("wine")
    assert str(caught.value) == "pipelines/wine.py: pipeline: received None; Pipeline(...) is expected"


def test_a_mistake_is_placed_in_the_user_s_file(project: Project) -> None:
    project.write("wine.py", "import pipelines.spec as s\npipeline = s.Pipeline(nme='wine')\n")
    with pytest.raises(SpecError, match=r"^pipelines/wine\.py: .* argument 'nme'; correct line 2 of the page$"):
        catalog.load("wine")


@pytest.mark.parametrize("name", ["beam", "spec"])
def test_a_page_never_stands_for_a_module_of_slipway(project: Project, name: str) -> None:
    project.page(name)
    with pytest.raises(SpecError, match=rf"pipelines/{name} is hidden by .*, which has its name; rename yours$"):
        catalog.load(name)


@pytest.mark.parametrize("helper", ["numpy", "pipelines.titanic_features"])
def test_a_helper_that_another_module_hides_is_refused(project: Project, helper: str) -> None:
    file = project.write(f"{helper.rpartition('.')[2]}.py", "def hue(value):\n    return value\n")
    project.page(derived=f"{helper}:hue")
    with pytest.raises(SpecError) as caught:
        catalog.load("wine")
    assert f"pipelines/wine.py: pipelines/{file.stem} is hidden by " in str(caught.value)


def test_helpers_of_two_folders_that_have_one_name_are_refused(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write("wine_features.py", "def hue(value):\n    return value\n")
    project.write("more/wine_features.py", "def hue(value):\n    return value\n")
    project.page("beer", folder="more")
    monkeypatch.setenv(page_folders.VARIABLE, "pipelines/more")
    with pytest.raises(SpecError, match=r"pipelines/more/wine_features is hidden by .*/pipelines/wine_features\.py"):
        catalog.load("beer")


def test_a_module_of_slipway_is_hidden_by_none(project: Project) -> None:
    project.write("spec.py", "Pipeline = None\n")
    project.write("json.py", "")
    project.page("wine", derived="pipelines.titanic_features:title")
    assert type(catalog.load("wine")).__module__ == "pipelines.spec"
    assert "titanic_features" in str(importlib.util.find_spec("pipelines.titanic_features").origin)


def test_the_code_of_a_helper_and_of_what_it_imports_counts(project: Project) -> None:
    project.page()
    page_folders.make_importable(pipelines.__path__)
    project.write("wine_features.py", "from colours import red\n\ndef hue(value):\n    return red(value)\n")
    found = []
    for path in ("wine_features", "pipelines.wine_features"):
        for text in ("def red(value):\n    return value\n", "def red(value):\n    return 2\n"):
            project.write("colours.py", text)
            found.append(code_version(path))
    assert len(set(found)) == 4


def test_schema_and_cases_beside_the_page_are_its_own(project: Project) -> None:
    project.write("wine_features.py", "def hue(value):\n    return value\n")
    project.page()
    line = '{"input": {"hue": 1, "cork": "yes"}, "expect": {"answer": true}, "why": "A small one."}'
    project.write("wine.cases.jsonl", line)
    with pytest.raises(InputError, match=r"^pipelines/wine\.cases\.jsonl, line 1: .*unknown field 'cork'"):
        handpicked.of_page(catalog.load("wine"))
    project.write("wine.pbtxt", 'feature { name: "cork" } feature { name: "hue" }')
    assert len(handpicked.of_page(catalog.load("wine"))) == 1


def test_a_folder_that_is_not_there_is_refused(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(page_folders.VARIABLE, "nowhere")
    with pytest.raises(InputError, match=r"^SLIPWAY_PIPELINES: received "):
        catalog.load("digits")


def test_a_package_file_is_said_to_hide_slipway(project: Project) -> None:
    project.write("__init__.py", "")
    (note,) = catalog.notes()
    assert note.startswith("pipelines/__init__.py would hide Slipway's own modules ") and "remove it" in note


def test_the_compiler_says_what_the_image_needs(project: Project) -> None:
    project.page()
    assert compiler.note_of_image("digits") is None
    note = compiler.note_of_image("wine")
    assert note is not None
    assert "COPY pipelines /pages and ENV SLIPWAY_PIPELINES=/pages" in note


def test_a_simulated_image_has_the_pages_of_here(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("more/x.py", "")
    monkeypatch.setenv(page_folders.VARIABLE, "pipelines/more")
    named = processes._base_environment()[page_folders.VARIABLE]
    assert named == os.pathsep.join([str(project.pages), str(project.pages / "more")])
