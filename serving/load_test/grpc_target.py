"""A model server over gRPC. Requests are bytes and answers stay bytes: the generator shares the machine with the server."""

import asyncio
from collections.abc import Sequence
from itertools import cycle

import grpc
import grpc.aio
from google.protobuf.message import DecodeError

from prediction.answer import NotFiniteError
from prediction.split_rows import Row
from prediction.wire import calls, tensors
from prediction.wire import tf_serving_pb2 as wire
from schemas import request
from schemas.model_card import ModelCard
from serving.load_test.address import Address
from serving.load_test.protocol import Done

_CHANNELS = 4  # each a connection of its own: HTTP/2 flow control and the limit of streams are per connection
_OPTIONS = (
    ("grpc.use_local_subchannel_pool", 1),  # else channels to one address share one connection
    ("grpc.max_receive_message_length", -1),
    ("grpc.enable_retries", 0),  # a refusal must be counted, not repeated unseen
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 500),
)


class GrpcTarget:
    """TensorFlow Serving's Predict, for the load test; see ``protocol.Target``.

    Args:
      timeout: seconds after which gRPC gives a call up (DEADLINE_EXCEEDED).
    """

    def __init__(self, address: Address, card: ModelCard, timeout: float) -> None:
        self._card = card
        self._timeout = timeout
        self._channels = [grpc.aio.insecure_channel(address.netloc, options=_OPTIONS) for _ in range(_CHANNELS)]
        # Without a serializer or a deserializer: bytes go out and come back as they are.
        self._methods = cycle([channel.unary_unary(calls.PREDICT) for channel in self._channels])
        self._under_way: set[asyncio.Task[None]] = set()

    def payload(self, rows: Sequence[Row]) -> bytes:
        """A serialized PredictRequest; the rows as tensors of the card. Raises InputError for a row that does not fit it."""
        columns = [request.parse(self._card, row.input) for row in rows]
        return tensors.predict_request(self._card, columns).SerializeToString()

    def send(self, payload: bytes, done: Done) -> None:
        """Sends the bytes on the next channel in turn; ``done`` gets the status' name and text, or None and the answer."""
        task = asyncio.ensure_future(self._call(payload, done))
        # The event loop holds tasks by weak references alone.
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _call(self, payload: bytes, done: Done) -> None:
        try:
            answer = await next(self._methods)(payload, timeout=self._timeout)
        except grpc.aio.AioRpcError as error:
            done(error.code().name, (error.details() or "").encode())
        else:
            done(None, answer)

    def problem(self, answer: bytes, count: int) -> str | None:
        """Parses a PredictResponse by the card; see ``protocol.Target.problem``."""
        try:
            outputs = wire.PredictResponse.FromString(answer).outputs
            found = len(tensors.answers(self._card, outputs))
        except (DecodeError, ValueError, NotFiniteError) as error:
            return f"an answer that cannot be read ({error})"
        return None if found == count else f"{found} answers to {count} rows"

    async def close(self) -> None:
        """Cancels the calls in flight and closes the channels."""
        for task in self._under_way:
            task.cancel()
        for channel in self._channels:
            await channel.close()
