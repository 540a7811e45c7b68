from pathlib import Path

import pytest
from tfx.dsl.compiler import compiler

from components.data.sources import Located
from pipelines import steps
from pipelines.execution import builder
from pipelines.kubeflow import groups
from pipelines.page import catalog
from pipelines.page.resolution import with_domains
from schemas.home import Home


@pytest.mark.parametrize("dataset", catalog.names())
def test_the_table_is_the_dag_that_tfx_compiles(dataset: str, tmp_path: Path) -> None:
    located = Located("nowhere", "f" * 64, 1)
    built = builder.build(
        with_domains(catalog.load(dataset)), located, Home(tmp_path, tmp_path / "data"), tmp_path / "root"
    )
    nodes = [node.pipeline_node for node in compiler.Compiler().compile(built).nodes]
    upstream = {node.node_info.id: set(node.upstream_nodes) for node in nodes}
    assert upstream == {step.id: set(step.follows) for step in steps.TABLE}


@pytest.mark.parametrize("pod_per_node", [False, True])
def test_every_node_is_in_one_task_after_those_that_it_waits_for(pod_per_node: bool) -> None:
    run: list[str] = []
    tasks = groups.tasks(pod_per_node)
    for task in tasks:
        for node in task.nodes:
            assert set(steps.BY_ID[node].follows) <= set(run), node
            run.append(node)
    assert sorted(run) == sorted(steps.BY_ID)


@pytest.mark.parametrize("pod_per_node", [False, True])
def test_a_task_waits_for_the_tasks_of_its_nodes_upstreams_and_for_no_other(pod_per_node: bool) -> None:
    tasks = groups.tasks(pod_per_node)
    owner = {node: task.name for task in tasks for node in task.nodes}
    for task in tasks:
        edges = {(owner[upstream], task.name) for node in task.nodes for upstream in steps.BY_ID[node].follows}
        assert {(awaited, task.name) for awaited in task.after} == {edge for edge in edges if edge[0] != edge[1]}


def test_light_nodes_share_a_pod() -> None:
    assert {task.name: task.nodes for task in groups.tasks()} == {
        "prepare": ("ExampleGen", "StatisticsGen", "Schema", "ExampleValidator"),
        "transform": ("Transform",),
        "train": ("Trainer",),
        "evaluate": ("Cases", "LatestBlessed", "Evaluator", "ErrorAnalyzer", "Pusher", "Registrar"),
    }


def test_with_a_pod_per_node_the_cases_are_asked_beside_the_evaluation() -> None:
    after = {task.name: task.after for task in groups.tasks(pod_per_node=True)}
    nodes = {task.name: task.nodes for task in groups.tasks(pod_per_node=True)}
    assert "cases" not in after["evaluator"] and "evaluator" not in after["cases"]
    assert {"cases", "evaluator"} <= set(after["pusher"])
    assert {name: found for name, found in nodes.items() if len(found) > 1} == {
        "evaluator": ("LatestBlessed", "Evaluator"),
        "pusher": ("Pusher", "Registrar"),
    }
