"""TFX's executor operator that has several workers run the Trainer, while its driver and publisher stay here."""

import base64
import shutil
from pathlib import Path
from typing import Any, ClassVar

from tfx.orchestration.portable import base_executor_operator, data_types
from tfx.orchestration.python_execution_binary import python_execution_binary_utils as binary
from tfx.proto.orchestration import executable_spec_pb2, execution_result_pb2

from pipelines.workers import cluster, local
from pipelines.workers.order import Order, checkpoint_folder, remove_old


class WorkersOperator(base_executor_operator.BaseExecutorOperator):
    """Gives the execution to workers, waits for them, and hands back the chief's output."""

    SUPPORTED_EXECUTOR_SPEC_TYPE: ClassVar[list[Any]] = [executable_spec_pb2.PythonClassExecutableSpec]
    SUPPORTED_PLATFORM_CONFIG_TYPE: ClassVar[list[Any]] = []

    def __init__(self, executor_spec: Any, platform_config: Any = None, *, workers: int) -> None:
        super().__init__(executor_spec, platform_config)
        self._workers = workers

    def run_executor(self, execution_info: data_types.ExecutionInfo) -> execution_result_pb2.ExecutorOutput:
        """The chief's output. Raises the workers' error (pipelines.workers.ends), or an InputError of the cluster's."""
        written = Path(str(execution_info.execution_output_uri))
        written.unlink(missing_ok=True)  # an earlier attempt of the same execution may have left it
        checkpoints = self._checkpoints(execution_info, written)
        # URL-safe, as TFX's deserialize_execution_info reads it; its own serialize_execution_info writes the other alphabet.
        order = Order(
            execution=base64.urlsafe_b64encode(execution_info.to_proto().SerializeToString()).decode(),
            executable=binary.serialize_executable_spec(self._executor_spec),
            checkpoints=str(checkpoints),
        )
        file = Path(str(execution_info.tmp_dir)) / "order.json"
        order.write(file)
        if cluster.own_pod() is not None:
            cluster.run(file, self._workers, f"{execution_info.pipeline_info.id} {execution_info.pipeline_run_id}")
        else:
            local.run(file, self._workers)
        output = execution_result_pb2.ExecutorOutput.FromString(written.read_bytes())
        shutil.rmtree(checkpoints, ignore_errors=True)  # only now: a training that failed resumes from them
        return output

    @staticmethod
    def _checkpoints(info: data_types.ExecutionInfo, written: Path) -> Path:
        inputs = {key: [artifact.uri for artifact in found] for key, found in info.input_dict.items()}
        system = written.parents[2]  # of .system/executor_execution/ID/executor_output.pb
        # On one machine a dataset has one run at a time; in a cluster two would write one file.
        run_id = "" if cluster.own_pod() is None else str(info.pipeline_run_id)
        folder = checkpoint_folder(system, inputs, info.exec_properties, run_id)
        folder.mkdir(parents=True, exist_ok=True)
        remove_old(folder)
        return folder
