"""A gRPC server of the three methods that the gateway calls, whose models are plain rules; each test sets its failures."""

import json
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc

from prediction.wire import tf_serving_pb2 as wire
from schemas.model_card import ModelCard
from schemas.tasks import CLASSES, SEVERAL
from tests.pictures import BROKEN

AVAILABLE, LOADING, END = 30, 20, 50


class Failure(Exception):  # noqa: N818
    """Ends a call with a code."""

    def __init__(self, code: grpc.StatusCode, message: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class ModelServer:
    """Attributes:
    states: ``{model: {version: state}}``; only AVAILABLE versions answer.
    labels: ``{(model, label): version}``.
    before: called with each Predict request before it is answered; it may wait, or raise Failure.
    answer: called with card and inputs by column; gives outputs by name.
    requests: all Predict requests, in order.
    """

    def __init__(self) -> None:
        self.states: dict[str, dict[int, int]] = {}
        self.labels: dict[tuple[str, str], int] = {}
        self.cards: dict[tuple[str, int], ModelCard] = {}
        self.before: Callable[[wire.PredictRequest], None] = lambda request: None
        self.requests: list[wire.PredictRequest] = []
        self.request_ids: list[str] = []
        self._lock = threading.Lock()
        self._port = 0
        self.start()

    def start(self) -> None:
        """Listens; after a stop on the same port."""
        methods = {
            "PredictionService": {
                "Predict": (self._predict, wire.PredictRequest, wire.PredictResponse),
                "GetModelMetadata": (self._metadata, wire.GetModelMetadataRequest, wire.GetModelMetadataResponse),
            },
            "ModelService": {
                "GetModelStatus": (self._status, wire.GetModelStatusRequest, wire.GetModelStatusResponse),
            },
        }
        self._server = grpc.server(ThreadPoolExecutor(32), options=[("grpc.so_reuseport", 0)])
        for service, handlers in methods.items():
            found = {name: _handler(*parts) for name, parts in handlers.items()}
            generic = grpc.method_handlers_generic_handler(f"tensorflow.serving.{service}", found)
            self._server.add_generic_rpc_handlers((generic,))
        self._port = self._server.add_insecure_port(f"127.0.0.1:{self._port}")
        self._server.start()

    def stop(self) -> None:
        self._server.stop(0).wait()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._port}"

    def serve(self, card: ModelCard, number: int, state: int = AVAILABLE) -> None:
        self.cards[card.name, number] = card
        self.states[card.name] = {**self.states.get(card.name, {}), number: state}

    def reset(self) -> None:
        self.before = lambda request: None
        self.requests.clear()

    def _predict(self, request: wire.PredictRequest, context: grpc.ServicerContext) -> wire.PredictResponse:
        with self._lock:
            self.requests.append(request)
            self.request_ids += [value for key, value in context.invocation_metadata() if key == "x-request-id"]
        self.before(request)
        name, version = request.model_spec.name, request.model_spec.version.value
        if self.states.get(name, {}).get(version) != AVAILABLE:
            raise Failure(grpc.StatusCode.NOT_FOUND, f"Servable not found for request: Specific({name}, {version})")
        card = self.cards[name, version]
        if {spec["tensor"] for spec in card.inputs.values()} != set(request.inputs):
            raise Failure(grpc.StatusCode.INVALID_ARGUMENT, "input size does not match signature")
        response = wire.PredictResponse()
        response.model_spec.CopyFrom(request.model_spec)
        _answer(card, request, response)
        return response

    def _status(self, request: wire.GetModelStatusRequest, context: Any) -> wire.GetModelStatusResponse:
        found = self.states.get(request.model_spec.name)
        if not found:
            raise Failure(grpc.StatusCode.NOT_FOUND, f"Could not find any versions of model {request.model_spec.name}")
        entries = [wire.ModelVersionStatus(version=version, state=state) for version, state in found.items()]
        for entry in entries:
            if entry.state == END:
                entry.status.error_message = "no such file"
        return wire.GetModelStatusResponse(model_version_status=entries)

    def _metadata(self, request: wire.GetModelMetadataRequest, context: Any) -> wire.GetModelMetadataResponse:
        spec = request.model_spec
        if list(request.metadata_field) != ["signature_def"]:
            raise Failure(grpc.StatusCode.INVALID_ARGUMENT, "Metadata field is not supported")
        if (spec.name, spec.version_label) not in self.labels:
            raise Failure(
                grpc.StatusCode.INVALID_ARGUMENT, f"Unrecognized servable version label: {spec.version_label}"
            )
        response = wire.GetModelMetadataResponse()
        response.model_spec.version.value = self.labels[spec.name, spec.version_label]
        return response


def _handler(function: Callable[[Any, Any], Any], request: Any, response: Any) -> Any:
    def call(message: Any, context: grpc.ServicerContext) -> Any:
        try:
            return function(message, context)
        except Failure as failure:
            context.abort(failure.code, failure.message)

    return grpc.unary_unary_rpc_method_handler(call, request.FromString, response.SerializeToString)


def _answer(card: ModelCard, request: wire.PredictRequest, response: wire.PredictResponse) -> None:
    """A regression gives the first column; a classification the class whose name the first string has, else the first; any
    number of classes are those whose names it has; several tasks each so.

    A picture that is broken fails the whole batch, as a graph does.
    """
    (_, spec), *_ = card.inputs.items()
    tensor = request.inputs[spec["tensor"]]
    rows = tensor.tensor_shape.dim[0].size
    if any(value == BROKEN for value in tensor.string_val):
        raise Failure(grpc.StatusCode.INVALID_ARGUMENT, "Invalid JPEG data, size 10\n\t [[{{node decode}}]]")
    if card.kind == SEVERAL:
        for part in card.parts():
            own = wire.PredictResponse()
            _answer(part, request, own)
            for name, output in own.outputs.items():
                response.outputs[f"{part.label}.{name}"].CopyFrom(output)
        return
    if card.classes is None:
        response.outputs["value"].CopyFrom(_floats(tensor.float_val, rows))
        return
    names = [name for name, column in card.inputs.items() if column["type"] == "string"]
    texts = request.inputs[card.inputs[names[0]]["tensor"]].string_val if names else [b""] * rows
    if card.kind == CLASSES:
        there = [[name for name in card.classes if name.encode() in text] for text in texts]
        found = [json.dumps(names).encode() for names in there]
        response.outputs["classes"].CopyFrom(
            wire.Tensor(dtype=wire.DT_STRING, string_val=found, tensor_shape=_shape(rows))
        )
        flat = [0.75 if name in names else 0.125 for names in there for name in card.classes]
        response.outputs["probabilities"].CopyFrom(_floats(flat, rows, len(card.classes)))
        return
    chosen = [next((i for i, name in enumerate(card.classes) if name.encode() in text), 0) for text in texts]
    share = 0.25 / (len(card.classes) - 1)
    spread = [[0.75 if i == best else share for i in range(len(card.classes))] for best in chosen]
    names_chosen = [card.classes[i].encode() for i in chosen]
    shape = _shape(rows)
    response.outputs["class"].CopyFrom(wire.Tensor(dtype=wire.DT_STRING, string_val=names_chosen, tensor_shape=shape))
    response.outputs["confidence"].CopyFrom(_floats([0.75] * rows, rows))
    flat = [share for row in spread for share in row]
    response.outputs["probabilities"].CopyFrom(_floats(flat, rows, len(card.classes)))


def _floats(values: Sequence[float], *sizes: int) -> wire.Tensor:
    return wire.Tensor(dtype=wire.DT_FLOAT, float_val=values, tensor_shape=_shape(*sizes))


def _shape(*sizes: int) -> wire.TensorShape:
    return wire.TensorShape(dim=[wire.TensorShape.Dim(size=size) for size in sizes])
