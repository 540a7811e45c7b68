"""Handles one request under /v1/: the response to a method, a path and a body."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from grpc import StatusCode
from numpy.typing import NDArray
from tensorflow_serving.apis.classification_pb2 import ClassificationRequest
from tensorflow_serving.apis.get_model_metadata_pb2 import GetModelMetadataRequest
from tensorflow_serving.apis.get_model_status_pb2 import GetModelStatusRequest
from tensorflow_serving.apis.model_pb2 import ModelSpec
from tensorflow_serving.apis.regression_pb2 import RegressionRequest

from serving.model_server.core import AsyncCore
from serving.model_server.errors import ServingError, of_tensorflow
from serving.model_server.metrics import Metrics
from serving.model_server.rest import examples, model_json, predict_request, predict_response
from serving.model_server.rest.response import Response, error_body
from serving.model_server.rest.routes import Route, route

_log = logging.getLogger("slipway.serve")
_Result = TypeVar("_Result")

_STATUS = {
    StatusCode.OK: 200,
    StatusCode.INVALID_ARGUMENT: 400,
    StatusCode.FAILED_PRECONDITION: 400,
    StatusCode.OUT_OF_RANGE: 400,
    StatusCode.UNAUTHENTICATED: 401,
    StatusCode.PERMISSION_DENIED: 403,
    StatusCode.NOT_FOUND: 404,
    StatusCode.ALREADY_EXISTS: 409,
    StatusCode.ABORTED: 409,
    StatusCode.RESOURCE_EXHAUSTED: 429,
    StatusCode.CANCELLED: 499,
    StatusCode.UNKNOWN: 500,
    StatusCode.INTERNAL: 500,
    StatusCode.DATA_LOSS: 500,
    StatusCode.UNIMPLEMENTED: 501,
    StatusCode.UNAVAILABLE: 503,
    StatusCode.DEADLINE_EXCEEDED: 504,
}
_JSON = (b"Content-Type", b"application/json")
_CORS = (
    (b"Access-Control-Allow-Origin", b"*"),
    (b"Access-Control-Allow-Methods", b"POST, GET"),
    (b"Access-Control-Allow-Headers", b"Content-Type"),
)
# Reading and writing as much JSON as this (in bytes, or elements) takes milliseconds, which other requests need not wait.
_LARGE_BODY = 64 * 1024
_LARGE_OUTPUT = 8 * 1024


class Handler:
    """TensorFlow Serving's REST API over a core."""

    def __init__(self, core: AsyncCore, metrics: Metrics, timeout: float, cors: bool) -> None:
        self._core, self._metrics, self._timeout = core, metrics, timeout
        self._headers = (_JSON, *_CORS) if cors else (_JSON,)

    async def options(self, origin: bytes) -> Response:
        """The response to a CORS preflight, whose status the CORS flag does not change (http_server.cc)."""
        known = b"http://" in origin or b"https://" in origin
        code = StatusCode.OK if known else StatusCode.FAILED_PRECONDITION
        self._metrics.request("", code.name)
        return Response(_STATUS[code], b"", self._headers)

    async def handle(self, method: str, path: bytes, body: bytes) -> Response:
        """The answer to a request whose path, with its query, starts with /v1/. Raises nothing but CancelledError."""
        started = time.perf_counter()
        target = route(method, path)
        code = StatusCode.OK
        try:
            if target.error:
                raise target.error
            content = await self._content(target, body)
        except ServingError as error:
            code, content = error.code, error_body(error)
        except Exception as error:
            _log.exception("a bug of ours")
            failed = of_tensorflow(error)
            code, content = failed.code, error_body(failed)
        self._metrics.request(target.spec.name, code.name)
        if code is StatusCode.OK:
            # TensorFlow Serving's label API is the URL's verb, and empty for status and metadata.
            api = target.action if method == "POST" else ""
            self._metrics.latency(target.spec.name, api, "REST", time.perf_counter() - started)
        return Response(_STATUS[code], content, self._headers)

    async def _content(self, target: Route, body: bytes) -> bytes:
        if target.action in ("status", "metadata"):
            return self._model_info(target)
        # Status and metadata stay available when the server is full.
        with self._core.admitted():
            if target.action == "predict":
                return await self._predict(target.spec, body)
            return await self._examples(target, body)

    def _model_info(self, target: Route) -> bytes:
        if not target.spec.name:
            raise ServingError(StatusCode.INVALID_ARGUMENT, "Missing model name in request.")
        if target.action == "status":
            return model_json.status(self._core.status(GetModelStatusRequest(model_spec=target.spec)))
        request = GetModelMetadataRequest(model_spec=target.spec, metadata_field=[model_json.SIGNATURES])
        return model_json.metadata(self._core.metadata(request))

    async def _predict(self, spec: ModelSpec, body: bytes) -> bytes:
        large = len(body) > _LARGE_BODY
        # The order of http_rest_api_handler.cc: bad JSON for an unknown model is a 400, {} for it a 404.
        document = await _offloaded(large, lambda: predict_request.document(body))
        name = predict_request.signature_name(document)
        with self._core.servable(spec) as servable:
            inputs = predict_request.signature_inputs(servable.signatures, name)
            tensors, by_row = await _offloaded(large, lambda: predict_request.tensors(document, inputs))
            signature = name or predict_request.DEFAULT_SIGNATURE
            outputs = await self._core.run(servable, signature, tensors, timeout=self._timeout)
        write = predict_response.row_format if by_row else predict_response.column_format
        return await _offloaded(_elements(outputs) > _LARGE_OUTPUT, lambda: write(outputs))

    async def _examples(self, target: Route, body: bytes) -> bytes:
        large = len(body) > _LARGE_BODY
        if target.action == "classify":
            classify = ClassificationRequest()
            await _offloaded(large, lambda: examples.fill_request(body, target.spec, classify))
            response = await self._core.classify(classify, self._timeout)
            return examples.classification(response.result)
        regress = RegressionRequest()
        await _offloaded(large, lambda: examples.fill_request(body, target.spec, regress))
        return examples.regression((await self._core.regress(regress, self._timeout)).result)


async def _offloaded(large: bool, make: Callable[[], _Result]) -> _Result:
    """The result of a function, which runs in a thread if its input is large."""
    return await asyncio.to_thread(make) if large else make()


def _elements(outputs: Mapping[str, NDArray[Any]]) -> int:
    return sum(output.size for output in outputs.values())
