"""TensorFlow Serving's gRPC services, with health and reflection."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer
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
from serving.model_server.core import Core, checked, fill
from serving.model_server.errors import ServingError, invalid, of_tensorflow
from serving.model_server.manager import Manager
from serving.model_server.metrics import Metrics

_log = logging.getLogger("slipway.serve")
_OPTIONS = [
    ("grpc.max_receive_message_length", 2**31 - 1),
    ("grpc.max_send_message_length", 2**31 - 1),
    ("grpc.so_reuseport", 0),  # a port that another server has is an error
]
HEALTH_NAMES = ("", "ModelService", "PredictionService")


class PredictionService(prediction_service_pb2_grpc.PredictionServiceServicer):
    """Predict, Classify, Regress, MultiInference and GetModelMetadata."""

    def __init__(self, core: Core, metrics: Metrics) -> None:
        self._core = core
        self._metrics = metrics

    async def Predict(self, request: predict_pb2.PredictRequest, context: Any) -> predict_pb2.PredictResponse:  # noqa: N802
        return await self._counted("Predict", request, context, self._predict(request, context))

    async def _predict(self, request: predict_pb2.PredictRequest, context: Any) -> predict_pb2.PredictResponse:
        with self._core.admitted(), self._core.servable(checked(request)) as servable:
            name = request.model_spec.signature_name
            outputs = await self._core.run(
                servable, name, request.inputs, request.output_filter, context.time_remaining()
            )
            response = predict_pb2.PredictResponse()
            for alias, values in outputs.items():
                tensors.to_proto(values, response.outputs[alias])
            fill(response.model_spec, servable, name)
            return response

    async def Classify(self, request: classification_pb2.ClassificationRequest, context: Any) -> Any:  # noqa: N802
        answer = self._admitted(self._core.classify, request, context)
        return await self._counted("Classify", request, context, answer)

    async def Regress(self, request: regression_pb2.RegressionRequest, context: Any) -> Any:  # noqa: N802
        answer = self._admitted(self._core.regress, request, context)
        return await self._counted("Regress", request, context, answer)

    async def MultiInference(self, request: inference_pb2.MultiInferenceRequest, context: Any) -> Any:  # noqa: N802
        return await _answered(context, self._admitted(self._core.multi_inference, request, context))

    async def _counted(self, api: str, request: Any, context: Any, answer: Awaitable[Any]) -> Any:
        """As ``_answered``, with a count of the request and its latency."""
        begun = time.perf_counter()
        name, code = request.model_spec.name, grpc.StatusCode.OK
        try:
            return await _checked(answer)
        except ServingError as error:
            code = error.code
            return await context.abort(code, error.details)
        except asyncio.CancelledError:
            code = grpc.StatusCode.CANCELLED
            raise
        finally:
            self._metrics.request(name, code.name)
            if code is grpc.StatusCode.OK:
                self._metrics.latency(name, api, "GRPC", time.perf_counter() - begun)

    async def _admitted(self, ask: Callable[[Any, float | None], Awaitable[Any]], request: Any, context: Any) -> Any:
        with self._core.admitted():
            return await ask(request, context.time_remaining())

    async def GetModelMetadata(  # noqa: N802
        self, request: get_model_metadata_pb2.GetModelMetadataRequest, context: Any
    ) -> Any:
        return await _answered(context, _at_once(self._core.metadata, request))


class ModelService(model_service_pb2_grpc.ModelServiceServicer):
    """GetModelStatus and HandleReloadConfigRequest."""

    def __init__(self, core: Core, manager: Manager, metrics: Metrics) -> None:
        self._core = core
        self._manager = manager
        self._metrics = metrics

    async def GetModelStatus(self, request: get_model_status_pb2.GetModelStatusRequest, context: Any) -> Any:  # noqa: N802
        return await _answered(context, _at_once(self._core.status, request))

    async def HandleReloadConfigRequest(  # noqa: N802
        self, request: model_management_pb2.ReloadConfigRequest, context: Any
    ) -> Any:
        return await _answered(context, self._reload(request))

    async def _reload(
        self, request: model_management_pb2.ReloadConfigRequest
    ) -> model_management_pb2.ReloadConfigResponse:
        if request.config.WhichOneof("config") != "model_config_list":
            raise invalid(
                "ServerModelConfig type not supported by HandleReloadConfigRequest. "
                "Only ModelConfigList is currently supported"
            )
        before = [self._metrics.total(name) for name in request.metric_names]
        await self._manager.reload(config.of_proto(request.config))
        response = model_management_pb2.ReloadConfigResponse()
        for name, count in zip(request.metric_names, before, strict=True):
            response.metric.add(name=name, int64_value_increase=self._metrics.total(name) - count)
        response.status.SetInParent()
        return response


async def _at_once(ask: Callable[[Any], Any], request: Any) -> Any:
    return ask(request)


async def _answered(context: Any, answer: Awaitable[Any]) -> Any:
    """The answer, or the call's end with the error's code and text."""
    try:
        return await _checked(answer)
    except ServingError as error:
        return await context.abort(error.code, error.details)


async def _checked(answer: Awaitable[Any]) -> Any:
    """The answer. Raises ServingError and nothing else."""
    try:
        return await answer
    except ServingError:
        raise
    except Exception as error:
        _log.exception("a bug of ours")
        raise of_tensorflow(error) from error


class GrpcServer:
    """The services on a port."""

    def __init__(self, core: Core, manager: Manager, metrics: Metrics) -> None:
        self._server = grpc.aio.server(options=_OPTIONS)
        prediction, model = PredictionService(core, metrics), ModelService(core, manager, metrics)
        prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(prediction, self._server)
        model_service_pb2_grpc.add_ModelServiceServicer_to_server(model, self._server)
        self._health = HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        names = (
            "tensorflow.serving.PredictionService", "tensorflow.serving.ModelService",
            health_pb2.DESCRIPTOR.services_by_name["Health"].full_name, reflection.SERVICE_NAME,
        )  # fmt: skip
        reflection.enable_server_reflection(names, self._server)

    async def start(self, host: str, port: int) -> int:
        """Listens; returns the port. Raises OSError where it is taken."""
        try:
            bound = self._server.add_insecure_port(f"{host}:{port}")
        except RuntimeError as error:
            raise OSError(str(error)) from error
        for name in HEALTH_NAMES:
            await self._health.set(name, health_pb2.HealthCheckResponse.SERVING)
        await self._server.start()
        return int(bound)

    async def stop(self, grace: float) -> None:
        """Says that it does not serve any more, takes no new calls, and gives those in progress ``grace`` seconds."""
        await self._health.enter_graceful_shutdown()
        await self._server.stop(grace)
