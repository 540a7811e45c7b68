"""Which version of a model answers a request: always one of the server's, pinned, and with a card."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import grpc

from schemas.errors import shown
from schemas.model_card import ModelCard
from serving.gateway.canary import Routing
from serving.gateway.cards import Cards, label, number_of
from serving.gateway.problems import HttpProblem
from serving.gateway.statuses import Statuses
from serving.gateway.upstream import Upstream, UpstreamError

_LABEL_SECONDS = 1.0  # how long the server's answer about a label is believed


@dataclass(frozen=True)
class Wanted:
    """What the path says: a version, a label, or neither."""

    version: str | None = None
    label: str | None = None


@dataclass(frozen=True)
class Served:
    """A version that the server has loaded, by its integer."""

    number: int
    card: ModelCard

    @property
    def version(self) -> str:
        return label(self.card, self.number)


class Versions:
    """Chooses versions.

    Args:
      routings: gives weights and labels by model as they are now.
    """

    def __init__(
        self, cards: Cards, statuses: Statuses, upstream: Upstream, routings: Callable[[], dict[str, Routing]]
    ) -> None:
        self._cards = cards
        self._statuses = statuses
        self._upstream = upstream
        self._routings = routings
        self._labels: dict[tuple[str, str], tuple[float, int]] = {}

    async def choose(self, model: str, wanted: Wanted) -> Served:
        """The version to ask. Raises HttpProblem: no such model, version or label; not loaded (yet); no server."""
        cards = self._cards.models.get(model)
        if cards is None:
            raise self.unknown_model(model)
        if self._statuses.of(model) is None:
            await self._statuses.refresh(model)
            if self._statuses.of(model) is None:
                raise HttpProblem("upstream-unavailable", str(self._statuses.error), retry_after=1)
        if wanted.version is not None:
            return self._exactly(model, cards, wanted.version)
        if wanted.label is not None:
            return await self._labelled(model, cards, wanted.label)
        return self._newest(model, cards)

    def unknown_model(self, model: str) -> HttpProblem:
        return HttpProblem(
            "unknown-model", f"there is no model {shown(model)}; GET /v1/models lists those that there are"
        )

    async def vanished(self, model: str, wanted: Wanted) -> None:
        """The server did not find a version that was chosen: asks it again what it has."""
        if wanted.label is not None:
            self._labels.pop((model, wanted.label), None)
        await self._cards.update()  # the version that came may be newer than what was last seen on the disk
        await self._statuses.refresh(model)

    def _newest(self, model: str, cards: dict[int, ModelCard]) -> Served:
        available = self._statuses.available(model)
        if not available:
            raise HttpProblem("model-not-ready", f"{model}: {self._statuses.reason(model)}", retry_after=1)
        routing = self._routings().get(model)
        if routing is not None and routing.weights:
            by_name = {label(cards[number], number): number for number in reversed(available)}
            chosen = routing.choose(by_name)
            if chosen is None:
                weighted = ", ".join(routing.weights)
                detail = f"{model}: of the versions with a weight ({weighted}) the model server has none"
                raise HttpProblem("model-not-ready", detail, retry_after=1)
            return Served(by_name[chosen], cards[by_name[chosen]])
        return Served(available[0], cards[available[0]])

    def _exactly(self, model: str, cards: dict[int, ModelCard], version: str) -> Served:
        number = number_of(cards, version)
        available = self._statuses.available(model)
        if number is None:
            raise self.unknown_version(model, version)
        if number in available:
            return Served(number, cards[number])
        state = (self._statuses.of(model) or {}).get(number)
        if state is not None and state.is_coming:
            raise HttpProblem("model-not-ready", f"{model} {version} is {state.state}", retry_after=1)
        raise self._unknown(model, cards, f"the model server has not loaded {model} {version}")

    def unknown_version(self, model: str, version: str) -> HttpProblem:
        return self._unknown(model, self._cards.models[model], f"there is no version {shown(version)} of {model}")

    def _unknown(self, model: str, cards: dict[int, ModelCard], what: str) -> HttpProblem:
        versions = [label(cards[number], number) for number in self._statuses.available(model)]
        return HttpProblem("unknown-version", f"{what}; it has {', '.join(versions) or 'none'}", allowed=versions)

    async def _labelled(self, model: str, cards: dict[int, ModelCard], name: str) -> Served:
        routing = self._routings().get(model)
        if routing is not None and name in routing.labels:
            return self._exactly(model, cards, routing.labels[name])
        at, number = self._labels.get((model, name), (0.0, 0))
        if time.monotonic() - at > _LABEL_SECONDS:
            number = await self._ask(model, name)
            if len(self._labels) > 1000:
                self._labels.clear()
            self._labels[model, name] = time.monotonic(), number
        if number not in cards:
            raise HttpProblem("model-not-ready", f"{model} {number} ({name}) has no card in --models", retry_after=1)
        return Served(number, cards[number])

    async def _ask(self, model: str, name: str) -> int:
        try:
            return await self._upstream.labelled(model, name)
        except UpstreamError as error:
            if error.code in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND):
                detail = (
                    f"{model} has no label {shown(name)}, neither in the gateway's --config nor in the model server"
                )
                raise HttpProblem("unknown-version", detail) from error
            raise HttpProblem("upstream-unavailable", "the model server does not answer", retry_after=1) from error
