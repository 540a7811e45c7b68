"""A workflow of a small table, in this process. test_path has which trial follows which outcome."""

import json

import pytest

from analysis.trials import NAIVE, PAGE, Search, best
from pipelines.execution.session import Request
from pipelines.experiments import path, sizes, workflow
from pipelines.page.resolution import with_settings
from pipelines.spec import Custom, Training
from schemas import events
from schemas.errors import InputError
from schemas.home import Home
from tests.pipelines.experiments.ships import page

PAGE_OF = page(training=Training(epochs=2, batch_size=16, patience=2, ensemble=3))


@pytest.fixture(scope="module")
def heard() -> list[events.Event]:
    return []


@pytest.fixture(scope="module")
def found(home: Home, heard: list[events.Event]) -> Search:
    with pytest.MonkeyPatch.context() as patch, events.listening(heard.append):
        # A training takes seconds, and the path has its own tests.
        patch.setattr(path, "MOST_SMALL", 1)
        patch.setattr(path, "MOST_SCALED", 1)
        patch.setattr(sizes, "regularised", lambda _: [{"dropout": 0.5}])
        return workflow.run(Request(PAGE_OF, home), ["epochs=2"])


def test_every_trial_is_published_and_written_with_a_figure(
    found: Search, heard: list[events.Event], home: Home
) -> None:
    folder = home.reports("ships") / "workflow"
    assert Search.from_json(json.loads((folder / "result.json").read_text())) == found
    assert (folder / "trials.png").read_bytes().startswith(b"\x89PNG")
    trained = [trial for trial in found.trials if trial.number]
    assert [trial.number for trial in trained] == list(range(1, len(trained) + 1))
    steps = [event for event in heard if isinstance(event, events.StepFinished) and event.step.startswith("Trial")]
    assert [step.seconds for step in steps] == [trial.seconds for trial in trained]
    for step, trial in zip(steps, trained, strict=True):
        assert f"eval loss {trial.eval_loss:.4g}" in step.detail
        assert trial.epochs <= 2 * 2 and trial.parameters > 0 and trial.fit


def test_the_naive_baseline_answers_the_shares_of_the_train_split(found: Search) -> None:
    naive = found.trials[0]
    assert naive.stage == NAIVE and naive.number == 0
    assert naive.train["binary_accuracy"] == pytest.approx(2 / 3, abs=0.08)
    assert naive.train["auc"] == 0.5 and 0.55 < naive.train_loss < 0.7
    assert found.naive.keys() == {"binary_accuracy"}


def test_the_best_trial_s_settings_make_its_model_of_the_page(found: Search) -> None:
    assert found.best_trial == best(found.trials)
    for trial in found.trials[1:]:
        changed = with_settings(PAGE_OF, list(trial.settings))
        assert changed.training.ensemble == PAGE_OF.training.ensemble
        assert (changed == PAGE_OF) == (trial.stage == PAGE)
    first = with_settings(PAGE_OF, list(found.trials[1].settings))
    assert first.model.hidden == ()


def test_the_test_split_judges_the_best_trial_alone(found: Search) -> None:
    assert found.examples["test"] > 0 and found.test.keys() == {"binary_accuracy", "auc", "loss"}
    assert all(found.test[name] >= 0 for name in found.test)


def test_a_model_whose_size_no_setting_changes_is_refused_with_what_takes_it(home: Home) -> None:
    with pytest.raises(InputError, match=r"ships: its model is Custom\(\.\.\.\).*slipway tune ships"):
        workflow.run(Request(page(model=Custom("mine:build")), home))
