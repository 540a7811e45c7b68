"""Processes that stand for the pods of a run: the image's command, with the environment of a task."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ml_metadata.proto import metadata_store_pb2

from pipelines.execution import metadata_store
from pipelines.kubeflow.simulate.mariadb import MariaDB
from schemas.home import Home

PREPARE = ("ExampleGen", "StatisticsGen", "Schema", "ExampleValidator")
EVALUATE = ("Cases", "LatestBlessed", "Evaluator", "ErrorAnalyzer", "Pusher", "Registrar")
GROUPS = (PREPARE, ("Transform",), ("Trainer",), EVALUATE)
ALL = tuple(node for group in GROUPS for node in group)
SECONDS = 300  # a bound for a slow machine
Execution = metadata_store_pb2.Execution


class Pod:
    """A running task; what it says goes to a file."""

    def __init__(self, command: list[str], environment: dict[str, str], output: Path) -> None:
        self._output = output
        with output.open("ab") as file:
            self.process = subprocess.Popen(command, env=environment, stdout=file, stderr=file)

    @property
    def said(self) -> str:
        return self._output.read_text(encoding="utf-8")

    def wait_for(self, words: str) -> None:
        """Until it has said something."""
        deadline = time.monotonic() + SECONDS
        while words not in self.said:
            code = self.process.poll()
            assert code is None, f"ended with {code} before it said {words!r}: {self.said}"
            assert time.monotonic() < deadline, f"never said {words!r}: {self.said}"
            time.sleep(0.05)

    def code(self) -> int:
        return self.process.wait(SECONDS)


@dataclass
class Cluster:
    """A folder as the shared volume, and a metadata server.

    Attributes:
      folder: of the volume and of the pods' output.
      server: None for SQLite.
      extra: environment of the pods that are started from now on.
      started: all pods, in order.
    """

    folder: Path
    server: MariaDB | None
    extra: dict[str, str] = field(default_factory=dict)
    started: list[Pod] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def environment(self) -> dict[str, str]:
        named = {"SLIPWAY_HOME": str(self.home), metadata_store.WAIT: "120"}
        if self.server is not None:
            named |= {metadata_store.URL: self.server.url, metadata_store.PASSWORD: self.server.password}
        return dict(os.environ) | named | self.extra

    def start(self, name: str, nodes: tuple[str, ...], run_id: str, *params: str, result: Path | None = None) -> Pod:
        """A pod that runs these nodes; ``params`` are KEY=VALUE."""
        command = [sys.executable, "-m", "cli.node", name, "--run-id", run_id]
        command += [part for node in nodes for part in ("--node", node)]
        command += [part for param in params for part in ("--param", param)]
        command += ["--result", str(result)] if result else []
        self.folder.mkdir(exist_ok=True)
        pod = Pod(command, self.environment, self.folder / f"pod-{len(self.started)}.txt")
        self.started.append(pod)
        return pod

    def end(self) -> None:
        """Kills what still runs."""
        for pod in self.started:
            if pod.process.poll() is None:
                pod.process.kill()
                pod.process.wait()

    def store(self) -> Any:
        """A connection to the metadata store."""
        home = Home.from_environment(self.environment)
        return metadata_store.connect(metadata_store.from_environment(home, self.environment))

    def states(self, run_id: str) -> dict[str, list[str]]:
        """The states of a run's executions by node, as MLMD has them."""
        store = self.store()
        run = store.get_context_by_type_and_name("pipeline_run", run_id)
        found: dict[str, list[str]] = {}
        for execution in store.get_executions_by_context(run.id) if run else []:
            contexts = store.get_contexts_by_execution(execution.id)
            (node,) = [c.name.partition(".")[2] for c in contexts if c.type == "node"]
            found.setdefault(node, []).append(Execution.State.Name(execution.last_known_state))
        return found

    def outputs(self, name: str, node: str, key: str) -> list[Path]:
        """The folders of an output, whoever wrote them."""
        return sorted(self.home.glob(f"pipelines/{name}/server/{node}/{key}/*"))
