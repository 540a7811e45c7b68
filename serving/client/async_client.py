"""What all clients share: the form of a request, the deadline and the retries of a call."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

from schemas.errors import shown
from serving.client.attempts import Attempts
from serving.client.errors import CallTimeoutError, InvalidInputError, ServingCallError, UnavailableError
from serving.client.prediction import Model, Prediction

TIMEOUT = 10.0  # seconds
RETRIES = 3
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class InferenceRequest:
    """What one predict call sends, whatever the protocol.

    Attributes:
      name: the model.
      inputs: each an object of fields, or the value of the model's only field.
      many: whether the caller gave a list; else there is one input.
      version: a semantic or an integer version; the newest one without it.
      label: a version label instead of a version.
      probabilities: whether the answer has the probability of every class.
      top: how many of the most probable classes the answer has.
    """

    name: str
    inputs: Sequence[Any]
    many: bool = False
    version: str | int | None = None
    label: str | None = None
    probabilities: bool = False
    top: int | None = None

    def __post_init__(self) -> None:
        """Raises InvalidInputError for what no server could answer."""
        if not self.name:
            raise InvalidInputError("received an empty name; a model's name is expected")
        if self.version is not None and self.label is not None:
            raise InvalidInputError(f"received version {self.version!r} and label {self.label!r}; give one of them")
        # bool is a subclass of int.
        whole = isinstance(self.top, int) and not isinstance(self.top, bool)
        if self.top is not None and not (whole and self.top > 0):
            raise InvalidInputError(f"received top={shown(self.top)}; a whole number of at least 1 is expected")


class AsyncClient(ABC):
    """A client for one event loop; a context manager, or to be closed with ``aclose``. One serves any number of tasks.

    Args:
      timeout: seconds that a call may take in all, its retries included.
      retries: how often a call is repeated that failed in a way that may pass: the server cannot be reached, or refuses
        with gRPC's UNAVAILABLE, HTTP 429, or 503 with Retry-After. The pauses grow from 0.1 s to 5 s, each by chance up to
        half shorter, and come on top of Retry-After.
        A call whose next attempt would begin after its deadline fails at once.
    """

    def __init__(self, where: str, timeout: float, retries: int) -> None:
        self._where = where
        self._timeout = timeout
        self._retries = retries

    async def predict(
        self, name: str, input: Any, *, version: str | int | None = None, label: str | None = None,
        probabilities: bool = False, top: int | None = None, timeout: float | None = None,
    ) -> Prediction:  # fmt: skip
        """A model's answer to one input.

        Args:
          input: an object of fields, or the value of the model's only field. A picture is the bytes or the ``Path`` of a
            PNG, JPEG, WEBP, BMP or GIF file, None a missing value.
          version: a semantic ("1.2.0") or an integer version; the newest one without it.
          label: a version label instead of a version.
          probabilities: whether to give the probability of every class.
          top: give the probabilities of this many of the most probable classes.
          timeout: seconds, instead of the client's.

        Raises:
          InvalidInputError: the model does not take this input; the error has field, received and allowed values.
          UnknownModelError: no such model, version or label is served.
          UnauthorizedError: the API key is missing or not for this model.
          OverloadedError, UnavailableError, CallTimeoutError, UnexpectedAnswerError: no answer; see ``serving.client.errors``.
        """
        inference = InferenceRequest(name, [input], False, version, label, probabilities, top)
        (prediction,) = await self._call(lambda left: self._predict(inference, left), timeout)
        return prediction

    async def predict_many(
        self, name: str, inputs: Sequence[Any], *, version: str | int | None = None, label: str | None = None,
        probabilities: bool = False, top: int | None = None, timeout: float | None = None,
    ) -> list[Prediction]:  # fmt: skip
        """A model's answers to many inputs, in one request; arguments and errors are those of ``predict``.

        Raises:
          TooLargeError: more inputs than the server takes at once; send fewer.
        """
        inference = InferenceRequest(name, list(inputs), True, version, label, probabilities, top)
        return await self._call(lambda left: self._predict(inference, left), timeout) if inference.inputs else []

    async def models(self, *, timeout: float | None = None) -> list[Model]:
        """All models that the server serves, by name.

        Raises ServingCallError where it gives no list.
        """
        return await self._call(self._models, timeout)

    async def model(self, name: str, *, version: str | int | None = None, timeout: float | None = None) -> Model:
        """A model's versions, and the card of one of them; of the newest one that answers without ``version``.

        Raises UnknownModelError for a model or a version that is not served.
        """
        return await self._call(lambda left: self._model(name, version, left), timeout)

    async def ready(self, *, timeout: float | None = None) -> bool:
        """Whether the server can be reached and has its models ready; one request, without retries."""
        try:
            return await self._call(self._ready, timeout, retries=0)
        except (UnavailableError, CallTimeoutError):
            return False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    @abstractmethod
    async def aclose(self) -> None:
        """Closes the connections."""

    @abstractmethod
    async def _predict(self, inference: InferenceRequest, left: float) -> list[Prediction]:
        """One attempt; ``left`` seconds are left for it. The others below alike."""

    @abstractmethod
    async def _models(self, left: float) -> list[Model]: ...

    @abstractmethod
    async def _model(self, name: str, version: str | int | None, left: float) -> Model: ...

    @abstractmethod
    async def _ready(self, left: float) -> bool: ...

    async def _call(
        self, attempt: Callable[[float], Awaitable[_Result]], timeout: float | None, retries: int | None = None
    ) -> _Result:
        seconds = self._timeout if timeout is None else timeout
        attempts = Attempts(self._retries if retries is None else retries, seconds)
        try:
            # One timeout around all attempts and pauses: the deadline holds also where a transport has none of its own.
            async with asyncio.timeout(seconds):
                while True:
                    try:
                        return await attempt(attempts.remaining())
                    except ServingCallError as error:
                        pause = attempts.pause(error)
                    await asyncio.sleep(pause)
        except TimeoutError:
            before = f" ({attempts.made} attempts before; the last: {attempts.last})" if attempts.made else ""
            raise CallTimeoutError(f"{self._where} did not answer within {seconds:g} s{before}") from None
