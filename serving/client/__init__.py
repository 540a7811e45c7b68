"""Clients of a served model: over the gateway (HTTP) or TensorFlow Serving (gRPC), each for threads and for asyncio.

>>> with GatewayClient("http://127.0.0.1:8080") as client:
...     client.predict("titanic", {"Sex": "female", "Pclass": 1}).class_
'survived'

None of them needs TensorFlow or numpy.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from serving.client.errors import (
    CallTimeoutError,
    InvalidInputError,
    OverloadedError,
    ServingCallError,
    TooLargeError,
    UnauthorizedError,
    UnavailableError,
    UnexpectedAnswerError,
    UnknownModelError,
)
from serving.client.prediction import Model, Prediction, Version

if TYPE_CHECKING:
    from serving.client.gateway import AsyncGatewayClient, GatewayClient
    from serving.client.tf_serving import AsyncServingClient, ServingClient

__all__ = [
    "AsyncGatewayClient",
    "AsyncServingClient",
    "CallTimeoutError",
    "GatewayClient",
    "InvalidInputError",
    "Model",
    "OverloadedError",
    "Prediction",
    "ServingCallError",
    "ServingClient",
    "TooLargeError",
    "UnauthorizedError",
    "UnavailableError",
    "UnexpectedAnswerError",
    "UnknownModelError",
    "Version",
]
_MODULES = {
    "AsyncGatewayClient": "gateway",
    "GatewayClient": "gateway",
    "AsyncServingClient": "tf_serving",
    "ServingClient": "tf_serving",
}


def __getattr__(name: str) -> Any:
    """Imports a client's module when the client is first named: a client of the gateway needs no gRPC, and vice versa."""
    if name in _MODULES:
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
