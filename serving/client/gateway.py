"""Clients of `slipway gateway`, over HTTP."""

import ssl
from typing import Any

import httpx

from serving.client import gateway_messages as messages
from serving.client.async_client import RETRIES, TIMEOUT, AsyncClient, InferenceRequest
from serving.client.blocking import BlockingClient
from serving.client.errors import ServingCallError, UnavailableError, UnexpectedAnswerError
from serving.client.prediction import Model, Prediction


class AsyncGatewayClient(AsyncClient):
    """An asynchronous client of a gateway: ``AsyncGatewayClient("http://127.0.0.1:8080")``.

    Args:
      url: the gateway's address.
      api_key: sent with every request.
      timeout, retries: see ``AsyncClient``.
      verify: False, or the TLS settings that check the gateway's certificate; the system's by default.

    Raises:
      ServingCallError: ``url`` is not an address.
    """

    def __init__(
        self, url: str, api_key: str | None = None, *, timeout: float = TIMEOUT, retries: int = RETRIES,
        verify: ssl.SSLContext | bool = True,
    ) -> None:  # fmt: skip
        super().__init__(url, timeout, retries)
        headers = {"accept": "application/json", "user-agent": "slipway-client"}
        if api_key:
            headers["authorization"] = f"Bearer {api_key}"
        try:
            parsed = httpx.URL(url)
            if parsed.scheme not in ("http", "https") or not parsed.host:
                raise httpx.InvalidURL("it does not begin with http:// or https:// and a host")
            # No timeout here: httpx's counts per read, and a server that sends a byte now and then would never hit it.
            self._http = httpx.AsyncClient(base_url=parsed, headers=headers, timeout=None, verify=verify)
        except (httpx.InvalidURL, ValueError) as error:
            raise ServingCallError(
                f"received the gateway's URL {url!r} ({error}); one such as http://127.0.0.1:8080 is expected"
            ) from None

    async def aclose(self) -> None:
        """Closes the connections; a call after it fails."""
        await self._http.aclose()

    async def _predict(self, inference: InferenceRequest, left: float) -> list[Prediction]:
        answer = await self._json(messages.predict_request(inference))
        return messages.read_predictions(inference, self._where, answer)

    async def _models(self, left: float) -> list[Model]:
        names = messages.read_names(self._where, await self._json(messages.models_request()))
        return [await self._model(name, None, left) for name in names]

    async def _model(self, name: str, version: str | int | None, left: float) -> Model:
        model = messages.read_model(self._where, await self._json(messages.model_request(name)))
        if version is None or str(version) in (model.card.version, str(model.card.serving_version)):
            return model
        return messages.read_model(self._where, await self._json(messages.model_request(name, version)))

    async def _ready(self, left: float) -> bool:
        await self._send(messages.Request("GET", messages.READY))
        return True

    async def _json(self, request: messages.Request) -> Any:
        return messages.read_json(self._where, await self._send(request))

    async def _send(self, request: messages.Request) -> bytes:
        """The body of the answer. Its time is limited by the call's deadline."""
        headers = {"content-type": "application/json"} if request.body is not None else {}
        try:
            answer = await self._http.request(
                request.method, request.path, params=request.query, content=request.body, headers=headers
            )
        except httpx.TransportError as error:  # a prediction is idempotent: a retry is safe
            reason = str(error) or type(error).__name__
            raise UnavailableError(
                f"{self._where} cannot be reached ({reason}); start it with: slipway gateway", may_retry=True
            ) from error
        except httpx.HTTPError as error:  # a body that cannot be decoded
            raise UnexpectedAnswerError(f"{self._where}: {error}") from error
        if answer.status_code != httpx.codes.OK:
            raise messages.error_of(self._where, answer.status_code, answer.headers, answer.content)
        return answer.content


class GatewayClient(BlockingClient):
    """A blocking client of a gateway: ``GatewayClient("http://127.0.0.1:8080")``.

    See ``AsyncGatewayClient`` for arguments and errors, and ``BlockingClient`` for use by several threads.
    """

    def __init__(
        self, url: str, api_key: str | None = None, *, timeout: float = TIMEOUT, retries: int = RETRIES,
        verify: ssl.SSLContext | bool = True,
    ) -> None:  # fmt: skip
        super().__init__(AsyncGatewayClient(url, api_key, timeout=timeout, retries=retries, verify=verify))
