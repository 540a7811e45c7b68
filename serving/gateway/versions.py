"""Which version of a model answers a request: always one of the server's, pinned, and with a card."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import grpc

from registry.labels import Followed, Label
from schemas.errors import shown
from schemas.model_card import ModelCard
from serving.gateway.canary import Routing
from serving.gateway.cards import Cards, label, number_of
from serving.gateway.problems import HttpProblem
from serving.gateway.statuses import Statuses
from serving.gateway.upstream import Upstream, UpstreamError

_LABEL_TTL_SECONDS = 1.0  # for which a label that the server resolved is cached


@dataclass(frozen=True)
class VersionSelector:
    """The version that a request's path names: by version, by label, or neither for the newest."""

    version: str | None = None
    label: str | None = None


@dataclass(frozen=True)
class Served:
    """A version that the server has loaded.

    Attributes:
      number: its integer version, which every request to the model server pins.
      card: its model card.
    """

    number: int
    card: ModelCard

    @property
    def version(self) -> str:
        """The public name: the semantic version, or the integer where the card has none."""
        return label(self.card, self.number)


class Versions:
    """Resolves a model and a selector to one loaded version.

    Args:
      routings: returns weights and labels by model as they are configured now.
      labels: of the registry.
    """

    def __init__(
        self,
        cards: Cards,
        statuses: Statuses,
        upstream: Upstream,
        routings: Callable[[], dict[str, Routing]],
        labels: Followed,
    ) -> None:
        self._cards = cards
        self._statuses = statuses
        self._upstream = upstream
        self._routings = routings
        self._of_registry = labels
        self._followed: dict[tuple[str, str], int] = {}
        self._labels: dict[tuple[str, str], tuple[float, int]] = {}

    async def choose(self, model: str, selector: VersionSelector) -> Served:
        """The version to serve. Raises HttpProblem: no such model, version or label; not loaded (yet); no server."""
        cards = self._cards.models.get(model)
        if cards is None:
            raise self.unknown_model(model)
        if self._statuses.of(model) is None:
            await self._statuses.refresh(model)
            if self._statuses.of(model) is None:
                raise HttpProblem("upstream-unavailable", str(self._statuses.error), retry_after=1)
        if selector.version is not None:
            return self._by_version(model, cards, selector.version)
        if selector.label is not None:
            return await self._by_label(model, cards, selector.label)
        return self._newest(model, cards)

    def unknown_model(self, model: str) -> HttpProblem:
        """The 404 of a model without a card."""
        return HttpProblem(
            "unknown-model", f"there is no model {shown(model)}; GET /v1/models lists those that there are"
        )

    async def refresh(self, model: str, selector: VersionSelector) -> None:
        """Refreshes what is known of a model after the server answered NOT_FOUND for a version that was chosen."""
        if selector.label is not None:
            self._labels.pop((model, selector.label), None)
        await self._cards.update()  # the version that came may be newer than what was last seen on the disk
        await self._statuses.refresh(model)

    def _newest(self, model: str, cards: dict[int, ModelCard]) -> Served:
        available = self._statuses.available(model)
        if not available:
            raise HttpProblem("model-not-ready", f"{model}: {self._statuses.reason(model)}", retry_after=1)
        routing = self._routings().get(model)
        if routing is not None and routing.weights:
            # Oldest first: of two integers with the same semantic version the newest one stays in the dict.
            by_name = {label(cards[number], number): number for number in reversed(available)}
            chosen = routing.choose(by_name)
            if chosen is None:
                weighted = ", ".join(routing.weights)
                detail = f"{model}: of the versions with a weight ({weighted}) the model server has none"
                raise HttpProblem("model-not-ready", detail, retry_after=1)
            return Served(by_name[chosen], cards[by_name[chosen]])
        return Served(available[0], cards[available[0]])

    def _by_version(self, model: str, cards: dict[int, ModelCard], version: str) -> Served:
        number = number_of(cards, version)
        available = self._statuses.available(model)
        if number is None:
            raise self.unknown_version(model, version)
        if number in available:
            return Served(number, cards[number])
        state = (self._statuses.of(model) or {}).get(number)
        if state is not None and state.is_loading:
            raise HttpProblem("model-not-ready", f"{model} {version} is {state.state}", retry_after=1)
        raise self._unknown(model, cards, f"the model server has not loaded {model} {version}")

    def unknown_version(self, model: str, version: str) -> HttpProblem:
        """The 404 of a version that the model's cards do not have; ``allowed`` lists those that are loaded."""
        return self._unknown(model, self._cards.models[model], f"there is no version {shown(version)} of {model}")

    def _unknown(self, model: str, cards: dict[int, ModelCard], what: str) -> HttpProblem:
        versions = [label(cards[number], number) for number in self._statuses.available(model)]
        return HttpProblem("unknown-version", f"{what}; it has {', '.join(versions) or 'none'}", allowed=versions)

    async def _by_label(self, model: str, cards: dict[int, ModelCard], name: str) -> Served:
        routing = self._routings().get(model)
        if routing is not None and name in routing.labels:
            return self._by_version(model, cards, routing.labels[name])
        if (declared := self._of_registry.of(model).get(name)) is not None:
            return self._by_declared(model, cards, name, declared)
        self._followed.pop((model, name), None)
        at, number = self._labels.get((model, name), (0.0, 0))
        if time.monotonic() - at > _LABEL_TTL_SECONDS:
            number = await self._resolve_label(model, name)
            # Clients choose the names of labels: a bound on memory.
            if len(self._labels) > 1000:
                self._labels.clear()
            self._labels[model, name] = time.monotonic(), number
        if number not in cards:
            raise HttpProblem("model-not-ready", f"{model} {number} ({name}) has no card in --models", retry_after=1)
        return Served(number, cards[number])

    def _by_declared(self, model: str, cards: dict[int, ModelCard], name: str, declared: Label) -> Served:
        """The version of a label of the registry; while the model server is loading it, the one that had the label before."""
        available = self._statuses.available(model)
        if declared.serving_version in available:
            self._followed[model, name] = declared.serving_version
        number = self._followed.get((model, name))
        if number in available:
            return Served(number, cards[number])
        detail = f"{model} {declared.version} ({name}): the model server has not loaded it"
        raise HttpProblem("model-not-ready", detail, retry_after=1)

    async def _resolve_label(self, model: str, name: str) -> int:
        try:
            return await self._upstream.resolve_label(model, name)
        except UpstreamError as error:
            if error.code in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND):
                detail = (
                    f"{model} has no label {shown(name)}: not in --config, not in the registry, not in the model server"
                )
                raise HttpProblem("unknown-version", detail) from error
            raise HttpProblem("upstream-unavailable", "the model server does not answer", retry_after=1) from error
