"""Which versions the model server has loaded, polled once a second, and at once when a version was not found."""

import asyncio
import time
from dataclasses import dataclass
from functools import partial

import grpc

from prediction.wire import tf_serving_pb2 as wire
from serving.gateway.cards import Cards
from serving.gateway.logs import Log
from serving.gateway.metrics import Metrics
from serving.gateway.single_flight import SingleFlight
from serving.gateway.upstream import Upstream, UpstreamError

AVAILABLE = "AVAILABLE"
_LOADING = ("START", "LOADING")
_GRACE_SECONDS = 5.0  # for which a busy server may leave GetModelStatus unanswered


@dataclass(frozen=True)
class Version:
    """A version as the model server reports it.

    Attributes:
      state: START, LOADING, AVAILABLE, UNLOADING or END; UNKNOWN for a number that this protocol has no name for.
      error: the text of the error that ended it, else "".
    """

    state: str
    error: str = ""

    @property
    def is_available(self) -> bool:
        """Whether it answers requests."""
        return self.state == AVAILABLE

    @property
    def is_loading(self) -> bool:
        """Whether it is on its way to AVAILABLE."""
        return self.state in _LOADING


class Statuses:
    """The server's last GetModelStatus answer for each model that has a card.

    Attributes:
      error: why the server is taken to be away; None while it answers.
    """

    def __init__(self, upstream: Upstream, cards: Cards, metrics: Metrics, log: Log) -> None:
        self._upstream = upstream
        self._cards = cards
        self._metrics = metrics
        self._log = log
        self._models: dict[str, dict[int, Version]] = {}
        self._flights: dict[str, SingleFlight] = {}
        self._last_answer = -_GRACE_SECONDS
        self.error: str | None = "the model server was not asked yet"

    def of(self, name: str) -> dict[int, Version] | None:
        """State by integer version; None before the server's first answer about the model, empty where it has seen none."""
        return self._models.get(name)

    def available(self, name: str) -> list[int]:
        """Integer versions that are available and have a card, newest first."""
        cards = self._cards.models.get(name, {})
        states = self._models.get(name, {})
        return sorted((number for number, v in states.items() if v.is_available and number in cards), reverse=True)

    def reasons(self) -> list[str]:
        """Why the gateway is not ready; empty if it is."""
        if self.error is not None:
            return [self.error]
        if not self._cards.models:
            return ["no model has been pushed"]
        return [f"{name}: {self.reason(name)}" for name in sorted(self._cards.models) if not self.available(name)]

    def reason(self, name: str) -> str:
        """Why a model has no version that can be used: the state of its highest one, in words."""
        states = self._models.get(name)
        if not states:
            return "the model server does not know it; is it in its configuration?"
        number, version = max(states.items())
        error = f" ({version.error[:200]})" if version.error else ""
        card = "" if number in self._cards.models.get(name, {}) else ", and has no card in --models"
        return f"version {number} is {version.state}{error}{card}"

    async def poll(self) -> None:
        """Refreshes every model that has a card, all at once."""
        self._models = {name: states for name, states in self._models.items() if name in self._cards.models}
        # Without models the request is for "": its NOT_FOUND still shows that the server is up.
        names = list(self._cards.models) or [""]
        await asyncio.gather(*map(self.refresh, names))

    async def refresh(self, name: str) -> None:
        """Refreshes one model; concurrent callers share one request (single flight)."""
        if name not in self._flights:
            self._flights[name] = SingleFlight(partial(self._fetch, name))
        await self._flights[name]()

    async def _fetch(self, name: str) -> None:
        try:
            answer = await self._upstream.status(name)
        except UpstreamError as error:
            if error.code is grpc.StatusCode.NOT_FOUND:
                # TensorFlow Serving's answer for a model without any version, from a server that is up.
                self._models[name] = {}
                self._mark_up()
            else:
                self._mark_down(error)
            return
        self._mark_up()
        self._models[name] = {
            entry.version: Version(_name(entry.state), entry.status.error_message)
            for entry in answer.model_version_status
        }

    def _mark_up(self) -> None:
        self._last_answer = time.monotonic()
        if self.error is not None:
            self._log.line("info", "the model server answers")
        self.error = None
        self._metrics.upstream_up.set(1)

    def _mark_down(self, error: UpstreamError) -> None:
        """A busy server may be late for a while; an unreachable one is down at once."""
        late = error.code is grpc.StatusCode.DEADLINE_EXCEEDED or error.is_overload
        if late and time.monotonic() - self._last_answer < _GRACE_SECONDS:
            return
        if self.error is None:
            self._log.line("error", "the model server does not answer", code=error.code.name)
        self.error = f"the model server does not answer ({error.code.name})"
        self._metrics.upstream_up.set(0)


def _name(state: int) -> str:
    """A state's name; a number that this version of the protocol does not define is UNKNOWN."""
    names: dict[int, str] = {value: key for key, value in wire.ModelVersionStatus.State.items()}
    return names.get(state, "UNKNOWN")
