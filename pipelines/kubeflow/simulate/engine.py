"""What runs the pods of a simulation: processes of this machine, or containers of the images that the pipeline names."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from pipelines.kubeflow.simulate.attempts import Running
from pipelines.kubeflow.simulate.places import Places
from pipelines.kubeflow.simulate.pods import Identity, Pod


class Engine(Protocol):
    """Runs pods.

    Attributes:
      early: whether a pod can be started before its turn, to load its libraries (pipelines.kubeflow.simulate.early).
      devices: what a task that asks for GPUs trains on, in words.
    """

    early: bool
    devices: str

    def check(self, task: str, pod: Pod) -> None:
        """Raises InputError for a pod that cannot be started here; starts nothing."""

    def begin(self, folder: Path) -> None:
        """Makes ready for a simulation in a folder, which no other one uses now."""

    async def start(
        self, pod: Pod, command: Sequence[str], identity: Identity, at: Places, own: Path, gated: bool
    ) -> Running:
        """Starts a pod.

        Args:
          command: with arguments, as the document has them.
          at: the folders and addresses of this machine that stand for those of the pod.
          own: the folder of what goes with the pod; its output goes to the file beside it that ends in .log.
          gated: whether the pod waits before it does its work; only where ``early``.

        Raises:
          OSError: it cannot be started.
        """
