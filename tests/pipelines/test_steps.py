"""The table of steps, as what reads it takes it to be."""

import subprocess
import sys

import pytest

from pipelines import steps
from pipelines.kubeflow import groups


def test_every_step_stands_after_those_that_it_follows() -> None:
    ids = [step.id for step in steps.TABLE]
    assert len(set(ids)) == len(ids)
    for number, step in enumerate(steps.TABLE):
        assert set(step.follows) <= set(ids[:number]), step.id
        assert not step.beside or not steps.BY_ID[step.beside].beside, step.id


@pytest.mark.parametrize("pod_per_node", [False, True])
def test_steps_tasks_and_imports_have_words(pod_per_node: bool) -> None:
    names = [steps.IMPORTS, *steps.BY_ID, *(task.name for task in groups.tasks(pod_per_node))]
    assert [name for name in names if not steps.words(name)] == []
    assert steps.words("train") == steps.words("Trainer") == "train the model, keep the best weights"
    assert steps.words("of nobody") == ""


def test_a_task_that_a_step_shares_with_a_quick_one_has_the_words_of_the_step() -> None:
    shared = [task for task in groups.tasks(pod_per_node=True) if len(task.nodes) > 1]
    assert [task.nodes for task in shared] == [("LatestBlessed", "Evaluator"), ("Pusher", "Registrar")]
    assert [steps.words(task.name) for task in shared] == [steps.words("Evaluator"), steps.words("Pusher")]


def test_the_table_is_light() -> None:
    heavy = "{'tensorflow', 'tfx', 'apache_beam', 'kfp'}"
    code = f"import pipelines.steps, sys; print({heavy} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"
