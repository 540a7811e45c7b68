"""Which steps share a pod, and which task waits for which; plain data, light to import."""

from dataclasses import dataclass

from pipelines import steps

ENTRY_POINT = ("python", "-m", "cli.node")  # of every pod


@dataclass(frozen=True)
class Task:
    """One pod.

    Attributes:
      name: of the KFP task.
      nodes: the ids of the steps that run in it, in order.
      after: the tasks that it waits for.
    """

    name: str
    nodes: tuple[str, ...]
    after: tuple[str, ...]


def tasks(pod_per_node: bool = False) -> tuple[Task, ...]:
    """The tasks in an order in which each stands after those that it waits for."""
    owner = {step.id: step.own_task if pod_per_node else step.task for step in steps.TABLE}
    # A step beside another runs when that one's task does, which is later than its own place in the table.
    names = dict.fromkeys(owner[step.id] for step in steps.TABLE if not (pod_per_node and step.beside))
    found = []
    for name in names:
        members = [step for step in steps.TABLE if owner[step.id] == name]
        awaited = {owner[upstream] for step in members for upstream in step.follows} - {name}
        after = tuple(other for other in names if other in awaited)
        found.append(Task(name, tuple(step.id for step in members), after))
    return tuple(found)
