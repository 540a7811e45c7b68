"""Subset: a part of the train split, as if no more examples had been collected. A larger part has all of a smaller one.

Where rows are divided by time, a part is the most recent examples, as if collecting had begun later.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from tfx.components.util import examples_utils
from tfx.dsl.components.base import base_component, base_executor, executor_spec
from tfx.proto import example_gen_pb2
from tfx.types import artifact_utils, channel, component_spec, standard_artifacts

from components.artifacts import Artifacts
from components.data import examples, schema, summary
from components.data.strata import strata_of
from components.folds.assignment import hash_ranks
from schemas import codec
from schemas.columns import labels_of
from schemas.errors import InputError
from schemas.splits import TRAIN, Splits
from schemas.tasks import CLASS, CLASSES, Task

FEWEST = 10  # examples: of fewer neither scales nor weights can be learned


def chosen(keys: Sequence[str], labels: np.ndarray | None, share: float, salt: str) -> np.ndarray:
    """The rows of a part of N examples, int64[M], rising.

    The rows come in the order of a hash of their keys, so that rows of equal key come together, and the part of a larger
    share has all rows of a smaller one's.

    Args:
      labels: int64[N], class indices, each of which gets its share of rows, at least one; None for the same without classes.
      share: above 0, at most 1.
      salt: another one gives other parts.
    """
    order = np.argsort(hash_ranks(keys, salt), kind="stable")
    strata = np.zeros(len(keys), np.int64) if labels is None else labels[order]
    parts = []
    for stratum in np.unique(strata):
        rows = order[strata == stratum]
        parts.append(rows[: max(1, round(share * len(rows)))])
    return np.sort(np.concatenate(parts))


def most_recent(times: np.ndarray, share: float) -> np.ndarray:
    """The newest rows of N with times, int64[M], rising: what was there before them is what an older collection would add."""
    count = max(1, round(share * len(times)))
    return np.sort(np.argsort(times, kind="stable")[len(times) - count :])


class Executor(base_executor.BaseExecutor):
    """Chooses the rows, and writes them with their summary."""

    def Do(self, input_dict: Artifacts, output_dict: Artifacts, exec_properties: dict[str, Any]) -> None:
        """Writes the ``subset`` artifact. Raises InputError where it would have fewer than ``FEWEST`` examples."""
        task: Task = codec.loads(exec_properties["task"])
        splits: Splits = codec.loads(exec_properties["splits"])
        share: float = exec_properties["share"]
        found = examples.read(artifact_utils.get_single_uri(input_dict["examples"]), (TRAIN,))
        batch = found.batch(schema.read(artifact_utils.get_single_uri(input_dict["schema"])))
        labels = strata_of(task, batch)[0] if task.parts[0].kind in (CLASS, CLASSES) else None
        if splits.time:
            rows = most_recent(found.keys["time"].to_numpy(), share)
        else:
            rows = chosen(found.keys["key"].to_pylist(), labels, share, f"{splits.salt}/learning curve")
        if len(rows) < FEWEST:
            raise InputError(
                f"--sizes: received {share:g}, which is {len(rows)} of {len(found)} training examples; at least {FEWEST} are "
                f"needed, as with {min(1, FEWEST / len(found)):.2g}"
            )
        subset = artifact_utils.get_single_instance(output_dict["subset"])
        examples.write(subset.uri, TRAIN, found.take(rows))
        summary.write(subset.uri, {"splits": {TRAIN: summary.of_batch(batch.take(rows), labels_of(task))}})
        subset.split_names = artifact_utils.encode_split_names([TRAIN])
        examples_utils.set_payload_format(subset, example_gen_pb2.FORMAT_TF_EXAMPLE)


class SubsetSpec(component_spec.ComponentSpec):
    """``task`` and ``splits`` are JSON texts (schemas.codec); ``share`` is that of the train split."""

    PARAMETERS = {
        "task": component_spec.ExecutionParameter(type=str),
        "splits": component_spec.ExecutionParameter(type=str),
        "share": component_spec.ExecutionParameter(type=float),
    }
    INPUTS = {
        "examples": component_spec.ChannelParameter(type=standard_artifacts.Examples),
        "schema": component_spec.ChannelParameter(type=standard_artifacts.Schema),
    }
    OUTPUTS = {"subset": component_spec.ChannelParameter(type=standard_artifacts.Examples)}


class Subset(base_component.BaseComponent):
    """A part of the train split; output ``subset``, with this one split."""

    SPEC_CLASS = SubsetSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(self, *, examples: Any, schema: Any, task: Task, splits: Splits, share: float) -> None:
        super().__init__(
            spec=SubsetSpec(
                task=codec.dumps(task),
                splits=codec.dumps(splits),
                share=share,
                examples=examples,
                schema=schema,
                subset=channel.Channel(type=standard_artifacts.Examples),
            )
        )
