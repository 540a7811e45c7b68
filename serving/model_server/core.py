"""The operations of the model server, whichever protocol a request comes by."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
from tensorflow_serving.apis import (
    classification_pb2,
    get_model_metadata_pb2,
    get_model_status_pb2,
    inference_pb2,
    regression_pb2,
)  # fmt: skip
from tensorflow_serving.apis.model_pb2 import ModelSpec

from schemas.pictures import MOST_PIXELS
from serving.model_server import calls, examples, pictures
from serving.model_server.batching import Client, LocalClient
from serving.model_server.calls import DEFAULT_SIGNATURE, Call
from serving.model_server.errors import invalid, not_found, unavailable
from serving.model_server.manager import Manager
from serving.model_server.metrics import Metrics
from serving.model_server.servable import Servable

Result = TypeVar("Result")
_SIGNATURES = "signature_def"
FULL = "The batch scheduling queue to which this task was submitted is full"


class Core:
    """Answers requests, each in its caller's thread."""

    def __init__(
        self, manager: Manager, metrics: Metrics, most_in_progress: int = 128, most_pixels: int = MOST_PIXELS
    ) -> None:
        """``most_in_progress``: requests beyond this are refused at once with UNAVAILABLE; ``most_pixels``: of a picture."""
        self._most_pixels = most_pixels
        self._manager = manager
        self._metrics = metrics
        self.most_in_progress = most_in_progress
        self._in_progress = 0
        self._lock = threading.Lock()

    @property
    def is_full(self) -> bool:
        """Whether a request would be refused now."""
        return self._in_progress >= self.most_in_progress

    @contextlib.contextmanager
    def admitted(self) -> Iterator[None]:
        """A request's place. Raises ServingError UNAVAILABLE where all are taken: waiting would only make all of them late."""
        with self._lock:
            if self.is_full:
                raise unavailable(FULL)
            self._in_progress += 1
        try:
            yield
        finally:
            with self._lock:
                self._in_progress -= 1

    @contextlib.contextmanager
    def servable(self, spec: ModelSpec) -> Iterator[Servable]:
        """The version that a spec resolves to; it is not unloaded meanwhile. Raises ServingError where there is none."""
        servable = self._manager.find(spec)
        while not servable.try_acquire():  # it was replaced between find and acquire
            servable = self._manager.find(spec)
        try:
            yield servable
        finally:
            servable.release()

    def run(
        self, servable: Servable, signature_name: str, inputs: Mapping[str, Any], output_filter: Sequence[str] = (),
        timeout: float | None = None, client: Client | None = None,
    ) -> dict[str, np.ndarray]:  # fmt: skip
        """Predict.

        Args:
          inputs: arrays (strings as object arrays of bytes) or TensorProtos by input name.
          timeout: seconds.
          client: the request's client; a call that still waits when it disconnects is not run.

        Returns:
          Arrays by output name.

        Raises:
          ServingError: see ``calls.predict`` and ``Batcher.run``.
        """
        call = calls.predict(
            servable.signatures, signature_name, inputs, output_filter, checks_method=servable.checks_methods
        )
        pictures.check(call.feeds, self._most_pixels)
        return self._execute("Predict", servable, call, timeout, client)

    def _execute(
        self, api: str, servable: Servable, call: Call[Result], timeout: float | None, client: Client | None
    ) -> Result:
        begun = time.perf_counter()
        outputs = servable.batcher.run(call, timeout, client)
        self._metrics.runtime(servable.name, api, time.perf_counter() - begun)
        return call.finish(outputs)

    def _execute_examples(
        self, api: str, servable: Servable, call: Call[Result], timeout: float | None, client: Client | None
    ) -> Result:
        (examples_fed,) = call.feeds.values()
        self._metrics.examples(servable.name, len(examples_fed))
        return self._execute(api, servable, call, timeout, client)

    def classify(
        self, request: classification_pb2.ClassificationRequest, timeout: float | None = None,
        client: Client | None = None,
    ) -> classification_pb2.ClassificationResponse:  # fmt: skip
        """Classify: label and score of every class for each example. Raises ServingError."""
        return self._examples(
            "Classify", examples.classify, classification_pb2.ClassificationResponse, request, timeout, client
        )

    def regress(
        self, request: regression_pb2.RegressionRequest, timeout: float | None = None, client: Client | None = None
    ) -> regression_pb2.RegressionResponse:
        """Regress: one value for each example. Raises ServingError."""
        return self._examples("Regress", examples.regress, regression_pb2.RegressionResponse, request, timeout, client)

    def _examples(
        self, api: str, prepare: Callable[..., Call[Any]], answer: Any, request: Any, timeout: float | None,
        client: Client | None,
    ) -> Any:  # fmt: skip
        """The answer to a request of examples for one signature."""
        with self.servable(checked(request)) as servable:
            call = prepare(servable.signatures, request, checks_method=servable.checks_methods)
            result = self._execute_examples(api, servable, call, timeout, client)
            response = answer(result=result)
            fill(response.model_spec, servable, request.model_spec.signature_name)
            return response

    def multi_inference(
        self, request: inference_pb2.MultiInferenceRequest, timeout: float | None = None, client: Client | None = None
    ) -> inference_pb2.MultiInferenceResponse:
        """MultiInference: several signatures of one model in one run; results in the order of the tasks.

        Raises ServingError.
        """
        # multi_inference.cc takes the model of the first task; without tasks an empty spec gives the error of a missing name.
        with self.servable(request.tasks[0].model_spec if request.tasks else ModelSpec()) as servable:
            call = examples.multi_inference(servable.signatures, request)
            results = self._execute_examples("MultiInference", servable, call, timeout, client)
            for task, result in zip(request.tasks, results, strict=True):
                fill(result.model_spec, servable, task.model_spec.signature_name)
            return inference_pb2.MultiInferenceResponse(results=results)

    def metadata(
        self, request: get_model_metadata_pb2.GetModelMetadataRequest
    ) -> get_model_metadata_pb2.GetModelMetadataResponse:
        """The signatures of a model. Raises ServingError."""
        spec = checked(request)
        if not request.metadata_field:
            raise invalid("GetModelMetadataRequest must specify at least one metadata_field")
        for name in request.metadata_field:
            if name != _SIGNATURES:
                raise invalid(f"Metadata field {name} is not supported")
        response = get_model_metadata_pb2.GetModelMetadataResponse()
        with self.servable(spec) as servable:
            signatures = get_model_metadata_pb2.SignatureDefMap(signature_def=servable.signatures)
            response.metadata[_SIGNATURES].Pack(signatures)
            response.model_spec.name = servable.name
            response.model_spec.version.value = servable.version
        return response

    def status(
        self, request: get_model_status_pb2.GetModelStatusRequest
    ) -> get_model_status_pb2.GetModelStatusResponse:
        """All versions of a model that were ever seen, or the requested one. Raises ServingError."""
        spec = checked(request)
        found = self._manager.versions(spec.name)
        # A label is ignored, as in get_model_status_impl.cc: all versions are returned.
        if spec.WhichOneof("version_choice") == "version":
            found = [version for version in found if version.number == spec.version.value]
            if not found:
                raise not_found(f"Could not find version {spec.version.value} of model {spec.name}")
        if not found:
            raise not_found(f"Could not find any versions of model {spec.name}")
        response = get_model_status_pb2.GetModelStatusResponse()
        for version in found:
            status = response.model_version_status.add(version=version.number, state=int(version.state))
            if version.error is not None:
                status.status.error_code = version.error.code.value[0]
                status.status.error_message = version.error.message
            else:
                # An empty message is still there: clients read status.error_code OK from it.
                status.status.SetInParent()
        return response


class AsyncCore:
    """A core for an event loop: runs are done in threads, as many as requests are admitted.

    ``metadata`` and ``status`` run no model and are called directly.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._pool = ThreadPoolExecutor(core.most_in_progress, "rest")
        self.admitted, self.servable = core.admitted, core.servable
        self.metadata, self.status = core.metadata, core.status

    async def run(
        self, servable: Servable, signature_name: str, inputs: Mapping[str, Any], output_filter: Sequence[str] = (),
        timeout: float | None = None,
    ) -> dict[str, np.ndarray]:  # fmt: skip
        """As ``Core.run``."""
        # The caller may be cancelled and release the servable while the thread still runs it.
        servable.retain()
        return await self._in_thread(
            self._core.run, servable, signature_name, inputs, output_filter, timeout, after=servable.release
        )

    async def classify(
        self, request: classification_pb2.ClassificationRequest, timeout: float | None = None
    ) -> classification_pb2.ClassificationResponse:
        """As ``Core.classify``."""
        return await self._in_thread(self._core.classify, request, timeout)

    async def regress(
        self, request: regression_pb2.RegressionRequest, timeout: float | None = None
    ) -> regression_pb2.RegressionResponse:
        """As ``Core.regress``."""
        return await self._in_thread(self._core.regress, request, timeout)

    async def _in_thread(
        self, method: Callable[..., Result], *arguments: Any, after: Callable[[], None] | None = None
    ) -> Result:
        """Runs ``method`` in a thread, with a client that disconnects when the caller is cancelled.

        ``after`` is called when the thread is done, which may be later.
        """
        client = LocalClient()
        running = self._pool.submit(method, *arguments, client)
        if after is not None:
            running.add_done_callback(lambda _: after())
        try:
            return await asyncio.wrap_future(running)
        except asyncio.CancelledError:
            client.disconnect()
            raise


def checked(request: Any) -> ModelSpec:
    """A request's model_spec. Raises ServingError where it has none."""
    if not request.HasField("model_spec"):
        raise invalid("Missing ModelSpec")
    return request.model_spec


def fill(spec: ModelSpec, servable: Servable, signature_name: str) -> None:
    """Fills an answer's model_spec: name, version and effective signature, never the label (util.cc)."""
    spec.name = servable.name
    spec.version.value = servable.version
    spec.signature_name = signature_name or DEFAULT_SIGNATURE
