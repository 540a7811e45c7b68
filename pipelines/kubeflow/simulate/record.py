"""The record of a simulation: what ``slipway simulate --json`` prints, and RECORD in the run's folder holds."""

from typing import TypedDict

from pipelines.kubeflow.simulate.values import Values

RECORD = "run.json"
SUCCEEDED, FAILED, OMITTED = "SUCCEEDED", "FAILED", "OMITTED"


class Attempt(TypedDict):
    """One pod of a task.

    Keys:
      node: where it ran.
      exit_code: of its process; negative for a signal, 128 and its number where a container reports it.
      seconds: of the process.
      log: the file with its output.
      killed: whether it was killed on purpose.
      reason: why it failed, or "".
    """

    node: str
    exit_code: int
    seconds: float
    log: str
    killed: bool
    reason: str


class Outcome(TypedDict):
    """How a task ended: SUCCEEDED, FAILED or OMITTED, its attempts in order, and its output parameters."""

    state: str
    attempts: list[Attempt]
    outputs: Values


class Result(TypedDict):
    """A simulation's record: what ``slipway simulate --json`` prints and RECORD holds.

    Keys:
      pipeline: its name.
      run_id: a UUID.
      state: SUCCEEDED or FAILED.
      seconds: wall time of the tasks together.
      parameters: of the run, defaults included.
      services: the address on this machine by the service's HOST:PORT.
      tasks: by name.
      homes: the folders of this machine that are $SLIPWAY_HOME of tasks.
      notes: on what does not run as it would in a cluster.
    """

    pipeline: str
    run_id: str
    state: str
    seconds: float
    parameters: Values
    services: dict[str, str]
    tasks: dict[str, Outcome]
    homes: list[str]
    notes: list[str]


def failures(result: Result) -> list[str]:
    """The failed tasks of a result, each with the reason."""
    failed = [(name, task) for name, task in result["tasks"].items() if task["state"] == FAILED]
    return [f"{name}: {task['attempts'][-1]['reason'] if task['attempts'] else 'its inputs'}" for name, task in failed]
