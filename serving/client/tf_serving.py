"""Clients of TensorFlow Serving (or `slipway serve`), over gRPC."""

import asyncio
import dataclasses
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import grpc
import grpc.aio

from prediction.wire import calls
from prediction.wire import tf_serving_pb2 as wire
from schemas.model_card import ModelCard
from schemas.request import picture_columns
from serving.client import grpc_messages as messages
from serving.client.async_client import RETRIES, TIMEOUT, AsyncClient, InferenceRequest
from serving.client.blocking import BlockingClient
from serving.client.cards import Cards
from serving.client.errors import ServingCallError, UnexpectedAnswerError, UnknownModelError
from serving.client.prediction import Model, Prediction

_OPTIONS = (
    # No limit, as TensorFlow Serving has none; gRPC's default of 4 MiB is a few pictures.
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    (
        "grpc.initial_reconnect_backoff_ms",
        100,
    ),  # gRPC's default is a second, growing: a server that has just come back would seem away
    ("grpc.max_reconnect_backoff_ms", 1000),
)


class AsyncServingClient(AsyncClient):
    """An asynchronous client of a model server: ``AsyncServingClient("127.0.0.1:8500", models=".slipway/models")``.

    The protocol has tensors alone; fields, classes and semantic versions are in the models' cards. With ``models`` an answer
    is read by the card of the version that gave it. With one ``card`` every request pins that version.

    Args:
      address: ``host:port``, with or without ``grpc://`` before it.
      models: the folder of models by name that the server reads, or a copy of it.
      card: instead of the folder, the card of a pushed model.
      timeout, retries: see ``AsyncClient``.
      credentials: for a server with TLS.

    Raises:
      ServingCallError: not an address; or not one of ``models`` and ``card``.
    """

    def __init__(
        self, address: str, *, models: Path | str | None = None, card: ModelCard | None = None,
        timeout: float = TIMEOUT, retries: int = RETRIES, credentials: grpc.ChannelCredentials | None = None,
    ) -> None:  # fmt: skip
        super().__init__(address, timeout, retries)
        if (models is None) == (card is None):
            raise ServingCallError(f"{address}: give models=FOLDER or card=..., and not both")
        self._address = _host_and_port(address)
        self._cards = Cards(None if models is None else Path(models), card)
        self._only = card
        self._credentials = credentials
        self._opened: grpc.aio.Channel | None = None

    @property
    def _channel(self) -> grpc.aio.Channel:
        if self._opened is None:  # not earlier: a channel belongs to the event loop that runs when it is made
            if self._credentials:
                self._opened = grpc.aio.secure_channel(self._address, self._credentials, _OPTIONS)
            else:
                self._opened = grpc.aio.insecure_channel(self._address, _OPTIONS)
        return self._opened

    async def aclose(self) -> None:
        """Closes the channel, if there was a call; calls in flight end."""
        if self._opened is not None:
            await self._opened.close()

    async def _predict(self, inference: InferenceRequest, left: float) -> list[Prediction]:
        card, version = await self._resolve(inference, left)
        # Pillow may have to convert pictures, which takes time that other tasks of the loop would wait.
        make = partial(messages.predict_request, inference, card, version)
        request = await asyncio.to_thread(make) if picture_columns(card) else make()
        answer = await self._send(calls.predict, request, left)
        answered = answer.model_spec.version.value
        # A newer version took over: its card may have other classes.
        if answered != card.serving_version:
            card = self._card_of_answer(inference.name, answered)
        return messages.read_predictions(inference, card, answer.outputs)

    async def _resolve(self, inference: InferenceRequest, left: float) -> tuple[ModelCard, int | None]:
        """The card that shapes the request, and the version to pin; None for the server's newest."""
        if inference.version is not None:
            card = self._cards.find(inference.name, inference.version)
            return card, card.serving_version
        cards = self._cards.of(inference.name)
        if inference.label is not None or (len(cards) > 1 and all(c.inputs == cards[-1].inputs for c in cards)):
            return cards[-1], None
        if self._only is not None:
            return self._only, self._only.serving_version
        if len(cards) == 1:
            return cards[0], None
        # The versions differ in their inputs, so the request has to be made for one of them, and pinned to it.
        card = (await self._model(inference.name, None, left)).card
        return card, card.serving_version

    def _card_of_answer(self, name: str, version: int) -> ModelCard:
        try:
            return self._cards.find(name, version)
        except UnknownModelError as error:
            raise UnexpectedAnswerError(f"{self._where} answered with version {version}: {error}") from None

    async def _models(self, left: float) -> list[Model]:
        return [await self._model(name, None, left) for name in self._cards.names()]

    async def _model(self, name: str, version: str | int | None, left: float) -> Model:
        cards = self._cards.of(name)
        request = wire.GetModelStatusRequest()
        request.model_spec.name = name
        model = messages.read_model(cards, await self._send(calls.get_model_status, request, left))
        if version is None:
            return model
        card = self._cards.find(name, version)
        if card.serving_version not in [found.serving_version for found in model.versions]:
            raise UnknownModelError(f"{self._where} does not serve version {version} of {name}")
        return dataclasses.replace(model, card=card)

    async def _ready(self, left: float) -> bool:
        try:
            models = await self._models(left)
        except UnknownModelError:
            return False
        return bool(models) and all(any(v.state == "AVAILABLE" for v in model.versions) for model in models)

    async def _send(self, method: Any, request: Any, left: float) -> Any:
        try:
            return await method(self._channel)(request, timeout=left)
        except grpc.RpcError as error:
            raise messages.error_of(self._where, error) from error


def _host_and_port(address: str) -> str:
    try:
        parsed = urlsplit(address if "://" in address else f"grpc://{address}")
        if parsed.scheme == "grpc" and parsed.hostname and parsed.port and parsed.path in ("", "/"):
            return parsed.netloc
    except ValueError:  # a port that is no number
        pass
    raise ServingCallError(f"received the model server's address {address!r}; one such as 127.0.0.1:8500 is expected")


class ServingClient(BlockingClient):
    """A blocking client of a model server: ``ServingClient("127.0.0.1:8500", models=".slipway/models")``.

    See ``AsyncServingClient`` for arguments and errors, and ``BlockingClient`` for use by several threads.
    """

    def __init__(
        self, address: str, *, models: Path | str | None = None, card: ModelCard | None = None,
        timeout: float = TIMEOUT, retries: int = RETRIES, credentials: grpc.ChannelCredentials | None = None,
    ) -> None:  # fmt: skip
        super().__init__(
            AsyncServingClient(
                address, models=models, card=card, timeout=timeout, retries=retries, credentials=credentials
            )
        )
