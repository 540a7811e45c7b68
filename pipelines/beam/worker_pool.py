"""The pool that starts Beam's Python workers beside a Flink TaskManager: ``python -m pipelines.beam.worker_pool``.

Beam's own pool starts each worker of each step as a new interpreter, which imports TensorFlow and TFX for ten seconds, and in
an order in which tensorflow-data-validation 1.16 cannot be imported (TFX puts a stand-in for what it misses). Here the
libraries are imported once, and a worker is a fork of that process. Our own modules are imported in the worker, so that it
runs the code of now.
"""

import argparse
import importlib
import multiprocessing
import multiprocessing.forkserver
import os
import signal
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from apache_beam.portability.api import beam_fn_api_pb2, beam_fn_api_pb2_grpc

PORT = 50000
_LIBRARIES = [
    "tfx.components",
    "tensorflow_transform.beam",
    "tensorflow_model_analysis",
    "apache_beam.runners.worker.sdk_worker",
]
# Before the threads of a worker begin: they would import them all at once.
_OURS = ("components.data.example_gen", "components.features.preprocessing", "components.evaluation.evaluator")
_STOP_SECONDS = 10


class WorkerPool(beam_fn_api_pb2_grpc.BeamFnExternalWorkerPoolServicer):
    """Starts and stops workers at Flink's word."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(_LIBRARIES)
        multiprocessing.forkserver.ensure_running()

    def StartWorker(self, request: Any, context: Any) -> Any:
        """Starts a process for one SDK worker; what went wrong is in the response's ``error``."""
        worker = self._context.Process(
            target=_work, args=(request.control_endpoint.url, request.worker_id), daemon=True
        )
        try:
            worker.start()
        except OSError as error:
            return beam_fn_api_pb2.StartWorkerResponse(error=f"worker {request.worker_id} did not start: {error}")
        return beam_fn_api_pb2.StartWorkerResponse()

    def StopWorker(self, request: Any, context: Any) -> Any:
        """Answers alone: the worker ends by itself."""
        # A worker ends when its TaskManager closes the control stream, which follows. Another TaskManager that uses this pool
        # may have a worker of the same id: ending it here could end another one's work.
        return beam_fn_api_pb2.StopWorkerResponse()

    def stop(self) -> None:
        """Ends all workers."""
        workers = multiprocessing.active_children()
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.join(_STOP_SECONDS)
            worker.kill()


def _work(control: str, worker_id: str) -> None:
    """A worker's whole life: what Flink sends over the control address."""
    from apache_beam.runners.worker.sdk_worker import SdkHarness

    from pipelines.beam import histograms, memoising

    for module in _OURS:
        importlib.import_module(module)
    memoising.speed_up()
    histograms.speed_up()  # as in the process that starts a run: a result never depends on the runner
    code = 0
    try:
        SdkHarness(control, worker_id=worker_id, data_buffer_time_limit_ms=-1).run()
    except grpc.RpcError:
        pass  # the TaskManager has closed the stream
    except Exception:
        traceback.print_exc()
        code = 1
    sys.stderr.flush()
    os._exit(code)  # threads that wait for the stream would keep the process


def main() -> None:
    """Serves on a port of 127.0.0.1 until SIGTERM; ends with one line where the port is taken."""
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.beam.worker_pool", description="Beam's Python workers for Flink."
    )
    parser.add_argument("--port", type=int, default=PORT, help="on 127.0.0.1: who reaches it can run any code")
    port = parser.parse_args().port
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    # An idle TaskManager's pings are no attack; and a port that another pool has is taken.
    options = [("grpc.http2.max_ping_strikes", 0), ("grpc.so_reuseport", 0)]
    server = grpc.server(ThreadPoolExecutor(), options=options)
    try:
        server.add_insecure_port(f"127.0.0.1:{port}")
    except RuntimeError:
        sys.exit(f"worker pool: port {port} is taken; choose another one with --port")
    pool = WorkerPool()
    beam_fn_api_pb2_grpc.add_BeamFnExternalWorkerPoolServicer_to_server(pool, server)
    server.start()
    print(f"worker pool: 127.0.0.1:{port}", flush=True)
    try:
        server.wait_for_termination()
    finally:
        pool.stop()


if __name__ == "__main__":
    main()
