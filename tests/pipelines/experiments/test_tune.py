"""A tuning of a small table, in this process. tests/components/training/test_tuner.py has what the tuner proposes."""

import json

import pytest

from analysis.trials import PAGE, TUNED, Search, best
from pipelines.execution.session import Request
from pipelines.experiments import tune
from pipelines.page.resolution import with_settings
from schemas import events
from schemas.errors import InputError
from schemas.home import Home
from tests.pipelines.experiments.ships import page

ONLY = ("learning_rate", "batch_norm")


@pytest.fixture(scope="module")
def found(home: Home) -> Search:
    return tune.run(Request(page(), home), 2, ONLY, ["epochs=2"])


def test_the_page_s_own_settings_are_the_first_trial_and_the_budget_s_follow(found: Search, home: Home) -> None:
    assert [(trial.number, trial.stage) for trial in found.trials[1:]] == [(1, PAGE), (2, TUNED), (3, TUNED)]
    assert found.best_trial == best(found.trials) and found.settings == found.best_trial.settings
    assert {text.partition("=")[0] for trial in found.trials for text in trial.settings} <= set(ONLY)
    assert [note for note in found.notes if note.startswith("tuned: learning_rate, 0.0001 to 0.01")]
    written = json.loads((home.reports("ships") / "tune" / "result.json").read_text())
    assert Search.from_json(written) == found


def test_the_best_values_are_there_for_the_next_run(found: Search, home: Home) -> None:
    file, settings = tune.tuned(home, "ships")
    assert file.endswith("tune/result.json") and settings == ("epochs=2", *found.settings)
    with_settings(page(), list(settings))


def test_an_equal_tuning_takes_its_trials_over(found: Search, home: Home) -> None:
    heard: list[events.Event] = []
    with events.listening(heard.append):
        again = tune.run(Request(page(), home), 2, ONLY)
    assert again.trials[2:] == found.trials[2:] and again.test == found.test
    assert again.trials[1].eval_loss == found.trials[1].eval_loss
    assert "the trials are those of an earlier tuning since which nothing changed" in again.notes


def test_without_a_tuning_there_is_nothing_to_take(home: Home) -> None:
    with pytest.raises(InputError, match=r"boats was not tuned yet .*run slipway tune boats"):
        tune.tuned(home, "boats")
