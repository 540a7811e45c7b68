"""Clients of a served model: over the gateway (HTTP) or TensorFlow Serving (gRPC), each for threads and for asyncio.

>>> with GatewayClient("http://127.0.0.1:8080") as client:
...     client.predict("titanic", {"Sex": "female", "Pclass": 1}).class_
'survived'

None of them needs TensorFlow or numpy.
"""

from serving.client.errors import (
    CallTimeout,
    InvalidInput,
    Overloaded,
    ServingCallError,
    TooLarge,
    Unauthorized,
    Unavailable,
    UnexpectedAnswer,
    UnknownModel,
)
from serving.client.gateway import AsyncGatewayClient, GatewayClient
from serving.client.prediction import Model, Prediction, Version
from serving.client.tf_serving import AsyncServingClient, ServingClient

__all__ = [
    "AsyncGatewayClient",
    "AsyncServingClient",
    "CallTimeout",
    "GatewayClient",
    "InvalidInput",
    "Model",
    "Overloaded",
    "Prediction",
    "ServingCallError",
    "ServingClient",
    "TooLarge",
    "Unauthorized",
    "Unavailable",
    "UnexpectedAnswer",
    "UnknownModel",
    "Version",
]
