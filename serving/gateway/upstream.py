"""TensorFlow Serving over gRPC: one channel for all, deadlines, and a second try where nothing can have been answered."""

import asyncio
import random
import time
from pathlib import Path
from typing import Any

import grpc
import grpc.aio

from prediction.wire import calls
from prediction.wire import tf_serving_pb2 as wire
from serving.gateway.metrics import Metrics

QUEUE_FULL = "batch scheduling queue"  # in TensorFlow's text for UNAVAILABLE: the server is up, and its queue is full
_TOO_MUCH = (
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    # gRPC's refusal of a call that its server could not take in. Our own cancelling raises CancelledError, no AioRpcError.
    grpc.StatusCode.CANCELLED,
)
_PAUSE = 0.05
_STATUS_TIMEOUT = 1.0
# The gateway bounds a body itself; a lost connection is tried again soon, as a restart of the server must not cost seconds.
_OPTIONS = (
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1000),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 5_000),
)


class UpstreamError(Exception):
    """A call that failed.

    Attributes:
      code: the gRPC status.
      message: the status' text, which the server wrote.
    """

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        super().__init__(f"{code.name}: {message}")
        self.code = code
        self.message = message

    @property
    def is_overload(self) -> bool:
        """Whether a server that is up refuses work because it has too much."""
        full = self.code is grpc.StatusCode.UNAVAILABLE and QUEUE_FULL in self.message
        return full or self.code in _TOO_MUCH


class Upstream:
    """A connection to one TensorFlow Serving; it must be made while an event loop runs.

    Args:
      target: ``host:port``.
      tls_ca: a PEM file of authorities; None for no TLS.
    """

    def __init__(self, target: str, tls_ca: Path | None, metrics: Metrics) -> None:
        self._metrics = metrics
        if tls_ca is None:
            self._channel = grpc.aio.insecure_channel(target, options=_OPTIONS)
        else:
            credentials = grpc.ssl_channel_credentials(tls_ca.read_bytes())
            self._channel = grpc.aio.secure_channel(target, credentials, options=_OPTIONS)
        self._predict = calls.predict(self._channel)
        self._status = calls.get_model_status(self._channel)
        self._metadata = calls.get_model_metadata(self._channel)

    async def predict(self, request: wire.PredictRequest, deadline: float, request_id: str) -> wire.PredictResponse:
        """Sends a request, once more if the connection was lost: a prediction changes nothing, so a repeat is safe.

        Args:
          deadline: in the seconds of ``time.monotonic``.

        Raises:
          UpstreamError: the call failed, or both did.
        """
        metadata = (("x-request-id", request_id),)
        try:
            return await self._timed(request, deadline, metadata)
        except UpstreamError as error:
            left = deadline - time.monotonic()
            if error.code is not grpc.StatusCode.UNAVAILABLE or error.is_overload or left < 2 * _PAUSE:
                raise
        self._metrics.retries.labels(request.model_spec.name, "unavailable").inc()
        # Jitter: the calls of a lost connection fail together, and must not come back together.
        await asyncio.sleep(_PAUSE * random.uniform(0.5, 1.5))
        return await self._timed(request, deadline, metadata)

    async def _timed(self, request: wire.PredictRequest, deadline: float, metadata: Any) -> wire.PredictResponse:
        begun = time.monotonic()
        code = "OK"
        try:
            return await _translated(self._predict(request, timeout=max(deadline - begun, 0.001), metadata=metadata))
        except UpstreamError as error:
            code = error.code.name
            raise
        finally:
            self._metrics.called(request.model_spec.name, code, time.monotonic() - begun)

    async def status(self, name: str) -> wire.GetModelStatusResponse:
        """All versions of a model that the server has seen. Raises UpstreamError."""
        request = wire.GetModelStatusRequest(model_spec=wire.ModelSpec(name=name))
        return await _translated(self._status(request, timeout=_STATUS_TIMEOUT))

    async def resolve_label(self, name: str, label: str) -> int:
        """The integer version that the server's own label stands for. Raises UpstreamError."""
        spec = wire.ModelSpec(name=name, version_label=label)
        # GetModelStatus ignores a label (get_model_status_impl.cc); of the calls that resolve one this needs no inputs.
        request = wire.GetModelMetadataRequest(model_spec=spec, metadata_field=["signature_def"])
        answer = await _translated(self._metadata(request, timeout=_STATUS_TIMEOUT))
        return int(answer.model_spec.version.value)

    async def close(self) -> None:
        """Closes the channel; calls in flight end with CANCELLED."""
        await self._channel.close()


async def _translated(call: Any) -> Any:
    try:
        return await call
    except grpc.aio.AioRpcError as error:
        raise UpstreamError(error.code(), error.details() or "") from error
