"""TFX's cache sees our code and our parameters: what changed is run again, and nothing before it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.command import Slipway, copy_of_code

BEFORE_TRANSFORM = {"ExampleGen", "StatisticsGen", "Schema", "ExampleValidator"}
Edit = Callable[[str, str, str], None]


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_of_code(tmp_path_factory.mktemp("code"))


@pytest.fixture(scope="module")
def cached(home: Path, code: Path) -> Callable[..., set[str]]:
    """Runs a small digits pipeline from the copied code; returns the cached steps. The model need not be blessed."""
    slipway = Slipway(home, home.parent / "no-data", code)

    def run(*more: str) -> set[str]:
        arguments = ("run", "digits", "--limit", "400", "--set", "epochs=1", *more)
        result: dict[str, Any] = slipway.json(*arguments, expect=3)
        return set() if result["repeated"] else set(result["cached"])

    assert run() == set()
    return run


@pytest.fixture
def edit(code: Path) -> Edit:
    def edit(file: str, old: str, new: str) -> None:
        path = code / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    return edit


def test_an_edited_model_is_trained_again_and_nothing_before_it(cached: Callable[..., set[str]], edit: Edit) -> None:
    edit("components/training/models/seeing.py", "MaxPooling2D", "AveragePooling2D")
    assert cached() == BEFORE_TRANSFORM | {"Transform"}


def test_an_edited_preprocessing_function_is_run_again_and_nothing_before_it(
    cached: Callable[..., set[str]], edit: Edit
) -> None:
    edit("components/features/pictures.py", "/ 255.0", "/ 128.0")
    assert cached() == BEFORE_TRANSFORM


def test_a_parameter_of_the_training_concerns_the_trainer_alone(cached: Callable[..., set[str]]) -> None:
    assert cached("--set", "learning_rate=0.01") == BEFORE_TRANSFORM | {"Transform"}


def test_a_threshold_concerns_the_evaluator_alone(cached: Callable[..., set[str]], edit: Edit) -> None:
    edit("pipelines/digits.py", '"accuracy": 0.96', '"accuracy": 0.97')
    assert cached() == BEFORE_TRANSFORM | {"Transform", "Trainer", "Cases"}


def test_a_case_concerns_cases_pusher_and_registrar_alone(cached: Callable[..., set[str]], edit: Edit) -> None:
    edit(
        "pipelines/cases/digits.jsonl",
        '"expect": {"class": "0", "confidence_at_least": 0.8}',
        '"expect": {"class": "1"}',
    )
    assert cached() == BEFORE_TRANSFORM | {"Transform", "Trainer", "Evaluator", "ErrorAnalyzer"}


def test_a_schema_concerns_what_reads_it(cached: Callable[..., set[str]], edit: Edit) -> None:
    edit("schemas/digits.pbtxt", "min: 0 max: 9", "min: -1 max: 9")
    assert cached() == {"ExampleGen", "StatisticsGen"}


def test_a_comment_concerns_nothing(cached: Callable[..., set[str]], edit: Edit) -> None:
    cached()
    edit("components/training/trainer.py", "import base64\n", "import base64  # for pictures\n")
    assert cached() == set()


def test_other_rows_concern_everything(cached: Callable[..., set[str]]) -> None:
    assert cached("--limit", "300") == set()


def test_no_cache_runs_every_step(cached: Callable[..., set[str]]) -> None:
    assert cached("--no-cache") == set()
