"""One of the workers: ``python -m pipelines.workers.worker ORDER --hosts HOST:PORT,HOST:PORT``.

Its index is $JOB_COMPLETION_INDEX, as Kubernetes sets it in the pods of an Indexed Job. Its exit codes are those of
schemas.exit_codes.
"""

import argparse
import json
import os
import shutil
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

from pipelines.workers.ends import FAILURE, PROGRESS
from pipelines.workers.order import Order
from schemas import events
from schemas.errors import InputError
from schemas.exit_codes import ExitCode
from schemas.files import write_whole

INDEX = "JOB_COMPLETION_INDEX"
_SECONDS_BETWEEN_POLLS = 1


def tf_config(hosts: list[str], index: int) -> str:
    """TensorFlow's $TF_CONFIG for the worker ``index`` of those at ``hosts``; worker 0 is the chief."""
    return json.dumps({"cluster": {"worker": hosts}, "task": {"type": "worker", "index": index}})


def run(order: Order, worker: int) -> None:
    """Runs the Trainer's executor as TFX would; workers other than the chief write beside the outputs."""
    from tfx.orchestration.portable import python_executor_operator
    from tfx.orchestration.python_execution_binary import python_execution_binary_utils as binary

    info = binary.deserialize_execution_info(order.execution)
    # Saving is collective: every worker must write the model, and only the chief's may be what is published.
    if worker:
        _redirect(info, Path(info.tmp_dir) / f"worker-{worker}")
    executable = binary.deserialize_executable_spec(order.executable)
    # Without the driver and the publisher: those are the Trainer's step, which waits for all workers.
    output = python_executor_operator.PythonExecutorOperator(executable).run_executor(info)
    write_whole(Path(info.execution_output_uri), output.SerializeToString())


def _redirect(info: Any, scratch: Path) -> None:
    """Lets an execution write into a folder of its own, which is removed with its temporary files.

    An attempt that was ended may have left it, with a model in it.
    """
    shutil.rmtree(scratch, ignore_errors=True)
    for key, artifacts in info.output_dict.items():
        for artifact in artifacts:
            artifact.uri = str(scratch / key)
            Path(artifact.uri).mkdir(parents=True, exist_ok=True)
    info.execution_output_uri = str(scratch / "executor_output.pb")


def wait_for(hosts: list[str]) -> None:
    """Until every host has an address: pods start one after another. The starter sets a limit (pipelines.workers.cluster)."""
    for host in {address.rpartition(":")[0] for address in hosts}:
        while True:
            try:
                # A headless Service gives a pod's name an address only once the pod is there.
                socket.getaddrinfo(host, None)
                break
            except socket.gaierror:
                time.sleep(_SECONDS_BETWEEN_POLLS)


def main() -> None:
    """The command line of a worker; ends the process with an exit code of schemas.exit_codes."""
    parser = argparse.ArgumentParser(prog="pipelines.workers.worker")
    parser.add_argument("order", type=Path)
    parser.add_argument("--hosts", required=True)
    parser.add_argument("--end-with-parent", action="store_true", help="end when standard input does")
    options = parser.parse_args()
    sys.argv = sys.argv[:1]  # TFX would pass them on to the executor
    if options.end_with_parent:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    hosts, worker = options.hosts.split(","), int(os.environ[INDEX])
    # Before TensorFlow is loaded: the strategy reads it once, and no argument of TFX leads there.
    os.environ["TF_CONFIG"] = tf_config(hosts, worker)
    _end(_code_of(options.order, hosts, worker))


def _code_of(file: Path, hosts: list[str], worker: int) -> int:
    """Runs the order, with its events and the reason of a failure on standard output; returns the exit code."""
    try:
        wait_for(hosts)
        order = Order.read(file)
        os.environ["SLIPWAY_CHECKPOINTS"] = order.checkpoints
        with events.listening(lambda event: print(PROGRESS + events.to_json(event), flush=True)):
            run(order, worker)
        return ExitCode.DONE
    except InputError as error:
        _report(FAILURE, str(error))
        return error.exit_code
    except Exception as error:
        import traceback

        import tensorflow as tf

        # The line for the user is cut; the pod's log has the rest.
        traceback.print_exc()
        # What a collective operation raises on the others when one worker is gone: worth another attempt.
        lost = (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError)
        _report(FAILURE, f"{type(error).__name__}: {str(error)[:500]}")
        is_lost = isinstance(error, (*lost, tf.errors.DeadlineExceededError))
        return ExitCode.WORKERS_LOST if is_lost else ExitCode.FAILED


def _report(kind: str, text: str) -> None:
    # On one line: the reader takes each line of the output for itself.
    print(kind + " ".join(text.split()), flush=True)


def _end_with_parent() -> None:
    # The other end of the pipe closes however the parent ends, by SIGKILL too.
    sys.stdin.buffer.read()
    os._exit(ExitCode.TERMINATED)


def _end(code: int) -> None:
    """At once, as cli.main does: TensorFlow's threads would be taken down in order."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
