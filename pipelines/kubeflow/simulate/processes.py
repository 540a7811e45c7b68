"""Pods as processes of this machine: the commands of the tasks, run with this Python and this code."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from pipelines.kubeflow.simulate.attempts import Running
from pipelines.kubeflow.simulate.places import Places
from pipelines.kubeflow.simulate.pods import Identity, Pod
from schemas import page_folders

_PYTHON = ("python", "python3")
_REPOSITORY = Path(__file__).parents[3]


class Processes:
    """Runs pods as processes (pipelines.kubeflow.simulate.engine)."""

    early = True
    devices = "what this machine has"

    def check(self, task: str, pod: Pod) -> None:
        """Nothing is needed: the image is not used."""

    def begin(self, folder: Path) -> None:
        """Nothing is left from an earlier simulation: a process ends with the one that started it."""

    async def start(
        self, pod: Pod, command: Sequence[str], identity: Identity, at: Places, own: Path, gated: bool
    ) -> Running:
        """Starts a pod's command in a fresh folder, with the paths and addresses of this machine. Raises OSError."""
        at.prepare()
        (own / "work").mkdir(parents=True, exist_ok=True)
        variables = _base_environment() | at.environment(pod, identity)
        local = _local_command([at.rewritten(text) for text in command])
        return await Running.start(local, variables, own / "work", own.with_suffix(".log"), gated)


def _local_command(command: list[str]) -> list[str]:
    """The command with this Python in the place of the image's."""
    return [sys.executable, *command[1:]] if command[0] in _PYTHON else command


def _base_environment() -> dict[str, str]:
    """What stands for the image's environment: this one's without Slipway's settings, with this code and the user's pages."""
    # An image has none of the settings of the shell that simulates it: a task that needs one must get it from the
    # document.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SLIPWAY_")}
    # The image finds this code from any folder; here a pod's working folder is a fresh one without it.
    code = os.pathsep.join(filter(None, [str(_REPOSITORY), kept.get("PYTHONPATH")]))
    return kept | {"PYTHONPATH": code, page_folders.VARIABLE: os.pathsep.join(map(str, page_folders.outside()))}
