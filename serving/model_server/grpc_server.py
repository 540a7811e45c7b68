"""TensorFlow Serving's gRPC services, with health and reflection. Each call has a thread."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import HealthServicer
from grpc_reflection.v1alpha import reflection
from tensorflow_serving.apis import (
    classification_pb2,
    get_model_metadata_pb2,
    get_model_status_pb2,
    inference_pb2,
    model_management_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
    regression_pb2,
)  # fmt: skip

from serving.model_server import config, tensors
from serving.model_server.batching import DISCONNECTED, Client
from serving.model_server.core import FULL, Core, checked, fill
from serving.model_server.errors import ServingError, invalid, of_tensorflow, unavailable
from serving.model_server.manager import Manager
from serving.model_server.metrics import Metrics
from serving.model_server.settings import Tls

_log = logging.getLogger("slipway.serve")
_OPTIONS: list[tuple[str, int | str]] = [
    ("grpc.max_receive_message_length", 2**31 - 1),
    ("grpc.max_send_message_length", 2**31 - 1),
    ("grpc.so_reuseport", 0),  # on by default in gRPC: two servers would share the port and each get some of the calls
    # Calls that come faster than Python can take them in are refused by gRPC itself, as CANCELLED: some of them from the first
    # number of waiting calls on, all from the second. Its own numbers, 1000 and 3000, would be seconds of waiting.
    ("grpc.server.max_pending_requests", 128),
    ("grpc.server.max_pending_requests_hard_limit", 256),
]
HEALTH_NAMES = ("", "ModelService", "PredictionService")
_INFERENCE = tuple(
    f"/tensorflow.serving.PredictionService/{name}" for name in ("Predict", "Classify", "Regress", "MultiInference")
)
_SPARE_THREADS = 16  # for calls that are refused, and for status, metadata and reload
_NO_DEADLINE = 1e7  # time_remaining() is some hundred years where a client sets none
_Method = Callable[[Any, float | None, Client], Any]


class PredictionService(prediction_service_pb2_grpc.PredictionServiceServicer):
    """Predict, Classify, Regress, MultiInference and GetModelMetadata."""

    def __init__(self, core: Core, metrics: Metrics, *, packed: bool = False) -> None:
        self._core = core
        self._metrics = metrics
        self._packed = packed

    def Predict(self, request: predict_pb2.PredictRequest, context: Any) -> Any:  # noqa: N802
        """PredictionService.Predict [apis/prediction_service.proto]: the outputs of one signature."""
        return self._counted("Predict", self._predict, request, context)

    def _predict(
        self, request: predict_pb2.PredictRequest, timeout: float | None, client: Client
    ) -> predict_pb2.PredictResponse:
        with self._core.servable(checked(request)) as servable:
            name = request.model_spec.signature_name
            outputs = self._core.run(servable, name, request.inputs, request.output_filter, timeout, client)
            response = predict_pb2.PredictResponse()
            for alias, values in outputs.items():
                tensors.to_proto(values, response.outputs[alias], packed=self._packed)
            fill(response.model_spec, servable, name)
            return response

    def Classify(self, request: classification_pb2.ClassificationRequest, context: Any) -> Any:  # noqa: N802
        """PredictionService.Classify: classes and scores of tf.Examples."""
        return self._counted("Classify", self._core.classify, request, context)

    def Regress(self, request: regression_pb2.RegressionRequest, context: Any) -> Any:  # noqa: N802
        """PredictionService.Regress: a value for each tf.Example."""
        return self._counted("Regress", self._core.regress, request, context)

    def MultiInference(self, request: inference_pb2.MultiInferenceRequest, context: Any) -> Any:  # noqa: N802
        """PredictionService.MultiInference: several signatures over the same tf.Examples; not counted, as in TF Serving."""
        return _respond(context, lambda: self._admitted(self._core.multi_inference, request, context))

    def _counted(self, api: str, method: _Method, request: Any, context: Any) -> Any:
        """As ``_respond``, with a count of the request and its latency."""
        begun = time.perf_counter()
        name, code = request.model_spec.name, grpc.StatusCode.OK
        try:
            return _typed(lambda: self._admitted(method, request, context))
        except ServingError as error:
            code = error.code
            return context.abort(code, error.details)
        finally:
            self._metrics.request(name, code.name)
            if code is grpc.StatusCode.OK:
                self._metrics.latency(name, api, "GRPC", time.perf_counter() - begun)

    def _admitted(self, method: _Method, request: Any, context: Any) -> Any:
        with self._core.admitted():
            remaining = context.time_remaining()
            timeout = remaining if remaining is not None and remaining < _NO_DEADLINE else None
            return method(request, timeout, context)

    def GetModelMetadata(  # noqa: N802
        self, request: get_model_metadata_pb2.GetModelMetadataRequest, context: Any
    ) -> Any:
        """PredictionService.GetModelMetadata: the SignatureDefs of a model."""
        return _respond(context, lambda: self._core.metadata(request))


class ModelService(model_service_pb2_grpc.ModelServiceServicer):
    """GetModelStatus and HandleReloadConfigRequest."""

    def __init__(self, core: Core, manager: Manager, metrics: Metrics, loop: asyncio.AbstractEventLoop) -> None:
        self._core = core
        self._manager = manager
        self._metrics = metrics
        self._loop = loop

    def GetModelStatus(self, request: get_model_status_pb2.GetModelStatusRequest, context: Any) -> Any:  # noqa: N802
        """ModelService.GetModelStatus [apis/model_service.proto]: state and error of every version ever seen."""
        return _respond(context, lambda: self._core.status(request))

    def HandleReloadConfigRequest(  # noqa: N802
        self, request: model_management_pb2.ReloadConfigRequest, context: Any
    ) -> Any:
        """ModelService.HandleReloadConfigRequest: replaces the served models; returns when new ones are available."""
        return _respond(context, lambda: self._reload(request, context))

    def _reload(
        self, request: model_management_pb2.ReloadConfigRequest, client: Client
    ) -> model_management_pb2.ReloadConfigResponse:
        if request.config.WhichOneof("config") != "model_config_list":
            raise invalid(
                "ServerModelConfig type not supported by HandleReloadConfigRequest. "
                "Only ModelConfigList is currently supported"
            )
        # The answer has each counter's increase during the reload, so they are read before and after.
        before = [self._metrics.total(name) for name in request.metric_names]
        reloading = self._manager.reload(config.of_proto(request.config, self._manager.configured))
        # The manager belongs to the event loop's thread; this is a thread of gRPC.
        running = asyncio.run_coroutine_threadsafe(reloading, self._loop)
        # A folder that is not there is waited for, as long as the client waits.
        if not client.add_callback(lambda: _cancel(running)):
            _cancel(running)
        try:
            running.result()
        except CancelledError as error:
            raise ServingError(grpc.StatusCode.CANCELLED, DISCONNECTED) from error
        response = model_management_pb2.ReloadConfigResponse()
        for name, count in zip(request.metric_names, before, strict=True):
            response.metric.add(name=name, int64_value_increase=self._metrics.total(name) - count)
        response.status.SetInParent()
        return response


def _cancel(running: "Future[None]") -> None:
    running.cancel()


def _respond(context: Any, run: Callable[[], Any]) -> Any:
    """The answer, or the call's end with the error's code and text."""
    try:
        return _typed(run)
    except ServingError as error:
        return context.abort(error.code, error.details)


def _typed(run: Callable[[], Any]) -> Any:
    """The answer. Raises ServingError and nothing else."""
    try:
        return run()
    except ServingError:
        raise
    except Exception as error:
        _log.exception("a bug of ours")
        raise of_tensorflow(error) from error


class _InlineExecutor(ThreadPoolExecutor):
    """An executor that runs what is submitted in the submitting thread."""

    def submit(self, work: Callable[..., Any], /, *arguments: Any, **named: Any) -> "Future[Any]":
        done: Future[Any] = Future()
        done.set_result(work(*arguments, **named))
        return done


class Overload(grpc.ServerInterceptor):
    """Refuses inference while the server is full, at once: refusing must cost much less than answering.

    The thread that takes calls in does it, and the request is not read: a handler of a stream gets the call before its first
    message.
    """

    def __init__(self, core: Core, metrics: Metrics) -> None:
        self._core = core
        self._metrics = metrics

        def refused(requests: Any, context: Any) -> Any:
            return self._refused(context)

        # grpcio runs such a handler in this pool instead of its own, which is busy when the server is full.
        refused.experimental_thread_pool = _InlineExecutor(1)  # type: ignore[attr-defined]
        self._refuse = grpc.stream_unary_rpc_method_handler(refused)

    def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        """The refusing handler for an inference call while the server is full, else the call's own handler."""
        if self._core.is_full and handler_call_details.method in _INFERENCE:
            return self._refuse
        return continuation(handler_call_details)

    def _refused(self, context: Any) -> Any:
        error = unavailable(FULL)
        self._metrics.request("", error.code.name)  # the request, and the model's name in it, was not read
        return context.abort(error.code, error.details)


class GrpcServer:
    """The services on a port."""

    def __init__(
        self, core: Core, manager: Manager, metrics: Metrics, *, health: bool = True, packed: bool = False,
        options: Sequence[tuple[str, int | str]] = (),
    ) -> None:  # fmt: skip
        """The services, not listening yet; to be made in the event loop of ``manager``.

        ``health`` is whether there is a health service, ``packed`` whether Predict answers with tensor_content;
        ``options`` are gRPC's, and come before those of here.
        """
        self._server = grpc.server(
            ThreadPoolExecutor(core.most_in_progress + _SPARE_THREADS, "grpc"),
            interceptors=[Overload(core, metrics)],
            options=[*(dict(_OPTIONS) | dict(options)).items()],
        )
        prediction = PredictionService(core, metrics, packed=packed)
        model = ModelService(core, manager, metrics, asyncio.get_running_loop())
        prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(prediction, self._server)
        model_service_pb2_grpc.add_ModelServiceServicer_to_server(model, self._server)
        self._health = HealthServicer()
        names = ["tensorflow.serving.PredictionService", "tensorflow.serving.ModelService", reflection.SERVICE_NAME]
        if health:
            health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
            names.append(health_pb2.DESCRIPTOR.services_by_name["Health"].full_name)
        reflection.enable_server_reflection(names, self._server)

    async def start(self, address: str, *, socket_path: str = "", tls: Tls | None = None) -> int:
        """Listens on HOST:PORT, on a UNIX socket, or both; returns the port, 0 for none.

        Raises OSError where one cannot be listened on.
        """
        try:
            bound = self._listen(address, tls) if address else 0
            if socket_path:
                self._listen(f"unix:{socket_path}", tls)
        except RuntimeError as error:
            raise OSError(str(error).partition(";")[0]) from error  # what follows is how to debug gRPC
        # Names without the package, as server.cc registers them; SERVING from start-up on, as the port opens after loading.
        for name in HEALTH_NAMES:
            self._health.set(name, health_pb2.HealthCheckResponse.SERVING)
        self._server.start()
        return bound

    def _listen(self, address: str, tls: Tls | None) -> int:
        if tls is None:
            return int(self._server.add_insecure_port(address))
        credentials = grpc.ssl_server_credentials(
            [(tls.key, tls.certificate)], tls.authority, require_client_auth=tls.verifies_clients
        )
        return int(self._server.add_secure_port(address, credentials))

    async def stop(self, grace: float) -> None:
        """Sets health to NOT_SERVING, takes no new calls, and gives those in progress ``grace`` seconds."""
        self._health.enter_graceful_shutdown()
        await asyncio.to_thread(self._server.stop(grace).wait)
