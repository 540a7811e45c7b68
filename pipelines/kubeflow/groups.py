"""Which TFX nodes share a pod, and which task waits for which; plain data, light to import."""

import re
from dataclasses import dataclass

# Every node with those that it waits for, in the order in which they run (the builder's; a test compares the two).
UPSTREAM: dict[str, tuple[str, ...]] = {
    "ExampleGen": (),
    "StatisticsGen": ("ExampleGen",),
    "Schema": ("StatisticsGen",),
    "ExampleValidator": ("ExampleGen", "StatisticsGen", "Schema"),
    "Transform": ("ExampleGen", "Schema", "ExampleValidator"),
    "Trainer": ("ExampleGen", "Transform"),
    "Cases": ("Trainer",),
    "LatestBlessed": (),
    "Evaluator": ("ExampleGen", "Trainer", "LatestBlessed"),
    "Pusher": ("ExampleGen", "StatisticsGen", "Trainer", "Cases", "Evaluator"),
}
TRAINER = "Trainer"
BEAM = ("ExampleGen", "StatisticsGen", "Transform", "Evaluator")  # whose work Beam does
PUSHER = "Pusher"  # the task that holds it knows the run's result
# A process takes 6 to 10 seconds to start, a light node a fraction of one: those share a pod.
_GROUPS = {
    "prepare": ("ExampleGen", "StatisticsGen", "Schema", "ExampleValidator"),
    "transform": ("Transform",),
    "train": (TRAINER,),
    "evaluate": ("Cases", "LatestBlessed", "Evaluator", PUSHER),
}
# A resolver runs for a tenth of a second; beside the Evaluator it finds the baseline just before that is needed.
_SHARED = {"LatestBlessed": "Evaluator"}


@dataclass(frozen=True)
class Task:
    """One pod.

    Attributes:
      name: of the KFP task.
      nodes: the TFX nodes that run in it, in order.
      after: the tasks that it waits for.
    """

    name: str
    nodes: tuple[str, ...]
    after: tuple[str, ...]


def tasks(pod_per_node: bool = False) -> tuple[Task, ...]:
    """The tasks in an order in which each stands after those that it waits for."""
    groups = _single() if pod_per_node else _GROUPS
    owner = {node: name for name, nodes in groups.items() for node in nodes}
    found = []
    for name, nodes in groups.items():
        awaited = {owner[upstream] for node in nodes for upstream in UPSTREAM[node]} - {name}
        found.append(Task(name, nodes, tuple(other for other in groups if other in awaited)))
    return tuple(found)


def _single() -> dict[str, tuple[str, ...]]:
    """A group for each node, but for those that share another's pod."""
    groups: dict[str, tuple[str, ...]] = {_task_name(node): () for node in UPSTREAM if node not in _SHARED}
    for node in UPSTREAM:
        groups[_task_name(_SHARED.get(node, node))] += (node,)
    return groups


def _task_name(node: str) -> str:
    """``ExampleGen`` as ``example-gen``: names of tasks become names of pods."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", node).lower()
