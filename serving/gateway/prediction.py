"""From a model's name and a body to answers: which version, the input read by that version's card, the call, the answer."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import grpc

from prediction.answer import Answer, NotFiniteError
from prediction.wire import tensors
from prediction.wire import tf_serving_pb2 as wire
from schemas.model_card import ModelCard
from schemas.pictures import ALLOWED
from schemas.request import Columns
from serving.gateway.breaker import Breaker
from serving.gateway.inputs import FieldError, Inputs, example_body
from serving.gateway.metrics import Metrics
from serving.gateway.problems import HttpProblem
from serving.gateway.upstream import Upstream, UpstreamError
from serving.gateway.versions import Served, Versions, VersionSelector

_ATTEMPTS = 3  # of finding a version: two swaps while one request is on its way are too many to wait for
_REQUEST_ERRORS = (  # errors of the request, from a server that is well
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.OUT_OF_RANGE,
    grpc.StatusCode.UNIMPLEMENTED,
)
_TASK_TOO_LARGE = "Task size"  # begins TensorFlow Serving's text for a request of more rows than its largest batch


@dataclass(frozen=True)
class RequestContext:
    """What the calls for one request share: its id, and when its answer is due in the seconds of ``time.monotonic``."""

    request_id: str
    deadline: float


@dataclass(frozen=True)
class ModelAnswers:
    """The answers to one request.

    Attributes:
      served: the version that answered.
      inputs: as that version's card reads the request.
      answers: one for each input, in the same order.
    """

    served: Served
    inputs: Inputs
    answers: list[Answer]


class Predictor:
    """Sends predictions to the model server, with a circuit breaker for each model."""

    def __init__(self, versions: Versions, upstream: Upstream, metrics: Metrics) -> None:
        self._versions = versions
        self._upstream = upstream
        self._metrics = metrics
        self._breakers: dict[str, Breaker] = {}

    async def predict(
        self,
        model: str,
        selector: VersionSelector,
        read: Callable[[ModelCard], Awaitable[Inputs]],
        context: RequestContext,
    ) -> ModelAnswers:
        """Answers one request.

        A version that vanished between the choice and the call (a hot swap) is chosen anew, and the input read again if the
        new version has another card: so a swap loses no request, and the version that answers is the one that read the input.

        Raises:
          HttpProblem: the version cannot be used, the body does not fit its card, or the model server gave no usable answer.
        """
        card: ModelCard | None = None
        inputs = Inputs([], False)
        for attempt in range(_ATTEMPTS):
            served = await self._versions.choose(model, selector)
            # Cards are replaced when they change, never edited: identity is enough, and a swap back parses again.
            if served.card is not card:
                card, inputs = served.card, await read(served.card)
            try:
                return ModelAnswers(served, inputs, await self._answers(served, inputs, context))
            except UpstreamError as error:
                if error.code is not grpc.StatusCode.NOT_FOUND or attempt == _ATTEMPTS - 1:
                    raise _problem(error, served.card, inputs) from error
            self._metrics.retries.labels(model, "version vanished").inc()
            await self._versions.refresh(model, selector)
        raise AssertionError("unreachable")

    async def _answers(self, served: Served, inputs: Inputs, context: RequestContext) -> list[Answer]:
        try:
            response = await self._guarded(served, inputs.rows, context)
        except UpstreamError as error:
            if error.code is not grpc.StatusCode.INVALID_ARGUMENT or not _has_picture(served.card):
                raise
            # The server batches requests: the picture that it could not decode may have been a neighbour's.
            response = await self._retry(served, inputs, context)
        try:
            answers = tensors.answers(served.card, response.outputs)
        except NotFiniteError as error:
            raise _not_finite(served, inputs, error) from error
        except ValueError as error:
            raise HttpProblem(
                "bad-upstream", f"the answer of {served.card.name} {served.version} has another form"
            ) from error
        if len(answers) != len(inputs.rows):
            raise HttpProblem("bad-upstream", f"{len(answers)} answers to {len(inputs.rows)} inputs came")
        return answers

    async def _retry(self, served: Served, inputs: Inputs, context: RequestContext) -> wire.PredictResponse:
        try:
            return await self._guarded(served, inputs.rows, context)
        except UpstreamError as error:
            if error.code is not grpc.StatusCode.INVALID_ARGUMENT:
                raise
            index = await self._first_bad(served, inputs.rows, context)
            raise _unreadable(served.card, inputs, index, error) from error

    async def _first_bad(self, served: Served, rows: Sequence[Columns], context: RequestContext) -> int:
        """The index of the first input that the model cannot read, by halving: at most log2(N) more calls."""
        low, high = 0, len(rows)
        while high - low > 1:
            middle = (low + high) // 2
            try:
                await self._guarded(served, rows[low:middle], context)
                low = middle
            except UpstreamError as error:
                if error.code is not grpc.StatusCode.INVALID_ARGUMENT:
                    raise
                high = middle
        return low

    async def _guarded(self, served: Served, rows: Sequence[Columns], context: RequestContext) -> wire.PredictResponse:
        """One call through the model's breaker."""
        name = served.card.name
        breaker = self._breakers.setdefault(name, Breaker())
        wait = breaker.wait()
        if wait:
            detail = f"the last calls for {name} failed; the next one is made in {wait:.1f} s"
            raise HttpProblem("upstream-unavailable", detail, retry_after=wait)
        try:
            request = tensors.predict_request(served.card, rows, served.number)
            response = await self._upstream.predict(request, context.deadline, context.request_id)
            breaker.succeeded()
            return response
        except UpstreamError as error:
            if error.code in _REQUEST_ERRORS or error.is_overload:
                # An error of the request, or a busy server: it answered, and the breaker is for servers that do not.
                breaker.succeeded()
            else:
                breaker.failed()
            raise
        except asyncio.CancelledError:
            # The client is gone or the gateway stops: no verdict on the server, and a probe must not stay open.
            breaker.released()
            raise
        finally:
            self._metrics.breaker.labels(name).set(breaker.state)


def _has_picture(card: ModelCard) -> bool:
    return any(spec["type"] == "image" for spec in card.inputs.values())


def _not_finite(served: Served, inputs: Inputs, error: NotFiniteError) -> HttpProblem:
    """The problem of an input of the right form on which the model gives NaN or an infinity."""
    which = f"inputs[{error.row}]: " if inputs.many else ""
    detail = f"{which}the {error.output} that {served.card.name} {served.version} gives is {error.value}"
    return HttpProblem("no-finite-answer", detail, example=example_body(served.card))


def _unreadable(card: ModelCard, inputs: Inputs, index: int, error: UpstreamError) -> HttpProblem:
    fields = [name for name, spec in card.inputs.items() if spec["type"] == "image"]
    which = f"inputs[{index}]: " if inputs.many else ""
    place = f"/inputs/{index}" if inputs.many else "/input"
    reason = error.message.partition("\n")[0][:200]
    detail = f"{which}{card.name}, field {', '.join(map(repr, fields))}: the picture cannot be decoded ({reason})"
    entry: FieldError = {
        "pointer": f"{place}/{fields[0]}",
        "field": fields[0],
        "received": "bytes that begin as a picture",
        "allowed": f"{ALLOWED} that is whole",
        "example": card.example.get(fields[0]),
        "detail": detail,
    }
    return HttpProblem("invalid-input", detail, errors=[entry], example=example_body(card))


def _problem(error: UpstreamError, card: ModelCard, inputs: Inputs) -> HttpProblem:
    """The problem document's kind for a failed call."""
    code, reason = error.code, error.message.partition("\n")[0][:300]
    if code is grpc.StatusCode.INVALID_ARGUMENT and _TASK_TOO_LARGE in reason:
        return HttpProblem(
            "too-large", f"the model server takes fewer inputs at once: {reason}", received=len(inputs.rows)
        )
    if code in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.OUT_OF_RANGE):
        return HttpProblem("invalid-input", f"{card.name} cannot read the input: {reason}", example=example_body(card))
    if code is grpc.StatusCode.NOT_FOUND:
        return HttpProblem("unknown-version", f"{card.name}: the version went away while it was asked ({reason})")
    if error.is_overload:
        return HttpProblem("overloaded", f"the model server has too much to do ({code.name})", retry_after=1)
    if code is grpc.StatusCode.UNAVAILABLE:
        return HttpProblem("upstream-unavailable", "the model server cannot be reached", retry_after=1)
    if code is grpc.StatusCode.DEADLINE_EXCEEDED:
        return HttpProblem("too-slow", "the model server did not answer within the time limit")
    return HttpProblem("bad-upstream", f"the model server answered {code.name}: {reason}")
