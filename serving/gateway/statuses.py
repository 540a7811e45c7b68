"""Which versions the model server has loaded, asked about once a second, and at once when a version has vanished."""

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
_COMING = ("START", "LOADING")
_PATIENCE = 5.0  # seconds for which a busy server may leave the question open


@dataclass(frozen=True)
class Version:
    """A version as the server sees it: START, LOADING, AVAILABLE, UNLOADING or END, and the error that ended it."""

    state: str
    error: str = ""

    @property
    def is_available(self) -> bool:
        return self.state == AVAILABLE

    @property
    def is_coming(self) -> bool:
        return self.state in _COMING


class Statuses:
    """What the server last said of each model that has a card.

    Attributes:
      error: why the server is taken to be away; None while it answers.
    """

    def __init__(self, upstream: Upstream, cards: Cards, metrics: Metrics, log: Log) -> None:
        self._upstream = upstream
        self._cards = cards
        self._metrics = metrics
        self._log = log
        self._models: dict[str, dict[int, Version]] = {}
        self._asking: dict[str, SingleFlight] = {}
        self._answered = -_PATIENCE
        self.error: str | None = "the model server was not asked yet"

    def of(self, name: str) -> dict[int, Version] | None:
        """The versions of a model; None where the server never answered."""
        return self._models.get(name)

    def available(self, name: str) -> list[int]:
        """Integer versions that can be asked and have a card, newest first."""
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
        """What the server says of a model that has no version to ask."""
        states = self._models.get(name)
        if not states:
            return "the model server does not know it; is it in its configuration?"
        number, version = max(states.items())
        error = f" ({version.error[:200]})" if version.error else ""
        card = "" if number in self._cards.models.get(name, {}) else ", and has no card in --models"
        return f"version {number} is {version.state}{error}{card}"

    async def poll(self) -> None:
        """Asks about every model that has a card."""
        self._models = {name: states for name, states in self._models.items() if name in self._cards.models}
        names = list(self._cards.models) or [""]  # nothing to ask about, but the server's answer shows that it is there
        await asyncio.gather(*map(self.refresh, names))

    async def refresh(self, name: str) -> None:
        """Asks about one model; callers at the same time share one question."""
        if name not in self._asking:
            self._asking[name] = SingleFlight(partial(self._ask, name))
        await self._asking[name]()

    async def _ask(self, name: str) -> None:
        try:
            answer = await self._upstream.status(name)
        except UpstreamError as error:
            if error.code is grpc.StatusCode.NOT_FOUND:
                self._models[name] = {}
                self._seen()
            else:
                self._missed(error)
            return
        self._seen()
        self._models[name] = {
            entry.version: Version(_name(entry.state), entry.status.error_message)
            for entry in answer.model_version_status
        }

    def _seen(self) -> None:
        self._answered = time.monotonic()
        if self.error is not None:
            self._log.line("info", "the model server answers")
        self.error = None
        self._metrics.upstream_up.set(1)

    def _missed(self, error: UpstreamError) -> None:
        """A server that is busy may be late for a while; one that is not there is away at once."""
        late = error.code is grpc.StatusCode.DEADLINE_EXCEEDED or error.is_overload
        if late and time.monotonic() - self._answered < _PATIENCE:
            return
        if self.error is None:
            self._log.line("error", "the model server does not answer", code=error.code.name)
        self.error = f"the model server does not answer ({error.code.name})"
        self._metrics.upstream_up.set(0)


def _name(state: int) -> str:
    """A state's name; a number that this version of the protocol does not know is UNKNOWN."""
    names: dict[int, str] = {value: key for key, value in wire.ModelVersionStatus.State.items()}
    return names.get(state, "UNKNOWN")
