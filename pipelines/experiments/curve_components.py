"""The TFX components of a learning curve by training-set size."""

from typing import Any

from components.code_version import code_version
from components.learning_curve.point import Point
from components.learning_curve.subset import Subset
from pipelines import steps
from pipelines.execution import builder, wiring
from pipelines.execution.wiring import Parts
from pipelines.experiments.curve_plan import Plan, node
from pipelines.experiments.opening import before

FIRST = before("Trainer")


def components(parts: Parts, plan: Plan) -> list[Any]:
    """The first steps of a run; of each part a subset, a Transform and a training; and a training on the whole."""
    page = parts.pipeline
    made = builder.components(parts, FIRST)
    examples = parts.output("ExampleGen", "examples")
    codes = {
        "Subset": code_version("components.learning_curve.subset"),
        "Transform": code_version(*steps.modules(page)["Transform"]),
        "Point": code_version("components.learning_curve.point", *steps.model_modules(page)),
    }

    def add(component: Any, kind: str, share: float) -> Any:
        component.with_id(node(kind, share)).exec_properties["code"] = codes[kind]
        made.append(component)
        return component

    def point(share: float, learned: Any, transform: Any) -> None:
        graph = transform.outputs["transform_graph"]
        add(
            Point(
                description=page.description,
                model=page.model,
                training=page.training,
                learned=learned,
                examples=examples,
                transform_graph=graph,
            ),
            "Point",
            share,
        )

    for share in plan.shares:
        subset = add(_subset(parts, share), "Subset", share).outputs["subset"]
        point(share, subset, add(wiring.transform(parts, subset), "Transform", share))
    point(1.0, examples, parts.made["Transform"])
    return made


def _subset(parts: Parts, share: float) -> Subset:
    subset = Subset(
        examples=parts.output("ExampleGen", "examples"),
        schema=parts.output("Schema", "schema"),
        task=parts.pipeline.task,
        splits=parts.pipeline.splits,
        share=share,
    )
    subset.add_upstream_node(parts.made["ExampleValidator"])  # anomalies stop it as they stop a run
    return subset
