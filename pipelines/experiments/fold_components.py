"""The TFX components of a K-fold."""

from typing import Any

from components.code_version import code_version
from components.folds import dividing
from components.folds.dividing import Folds
from components.folds.fold import Fold
from pipelines import steps
from pipelines.execution import builder, wiring
from pipelines.execution.wiring import Parts
from pipelines.experiments.fold_plan import Plan, node
from pipelines.experiments.opening import before
from pipelines.spec import Pipeline
from schemas.splits import TRAIN

FIRST = before("Transform")


def components(parts: Parts, plan: Plan) -> list[Any]:
    """The first steps of a run, a division for each repeat, and a Transform and a training for each of its folds."""
    page = parts.pipeline
    made = builder.components(parts, FIRST)
    codes = {
        "Folds": code_version("components.folds.dividing"),
        "Transform": code_version(*steps.modules(page)["Transform"]),
        "Fold": code_version("components.folds.fold", *steps.model_modules(page)),
    }

    def add(component: Any, kind: str, *numbers: int) -> Any:
        component.with_id(node(kind, *numbers)).exec_properties["code"] = codes[kind]
        made.append(component)
        return component

    for repeat in range(1, plan.repeats + 1):
        folds = add(_division(parts, plan, repeat), "Folds", repeat).outputs["folds"]
        for number in range(1, plan.folds + 1):
            learned = dividing.training_splits(number, plan.folds, TRAIN, by_time=bool(page.splits.time))
            transform = add(wiring.transform(parts, folds, learned), "Transform", repeat, number)
            graph = transform.outputs["transform_graph"]
            add(_fold(page, plan, folds, graph, repeat, number), "Fold", repeat, number)
    return made


def _division(parts: Parts, plan: Plan, repeat: int) -> Folds:
    division = Folds(
        examples=parts.output("ExampleGen", "examples"),
        schema=parts.output("Schema", "schema"),
        task=parts.pipeline.task,
        splits=parts.pipeline.splits,
        count=plan.folds,
        repeat=repeat,
    )
    division.add_upstream_node(parts.made["ExampleValidator"])  # anomalies stop a K-fold as they stop a run
    return division


def _fold(page: Pipeline, plan: Plan, folds: Any, transform_graph: Any, repeat: int, number: int) -> Fold:
    return Fold(
        description=page.description,
        model=page.model,
        training=plan.training(page.training, repeat, number),
        slices=page.slice_columns,
        fold=number,
        count=plan.folds,
        repeat=repeat,
        folds=folds,
        transform_graph=transform_graph,
    )
