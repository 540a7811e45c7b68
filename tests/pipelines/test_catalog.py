import importlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines import catalog
from pipelines.spec import Pipeline
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
        "import json, sys; from pipelines import catalog\n"
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
