"""The gateway's parts, and their refresh once a second: cards, labels, keys, configuration, the model server's versions."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from starlette.requests import Request

from registry.labels import Followed, registry_beside
from schemas.errors import InputError
from serving.gateway import canary, keys
from serving.gateway.canary import Routing
from serving.gateway.cards import Cards
from serving.gateway.limits import RateLimit
from serving.gateway.logs import Log
from serving.gateway.metrics import Metrics
from serving.gateway.pictures import Pictures
from serving.gateway.prediction import Predictor
from serving.gateway.sampling import Sampling
from serving.gateway.settings import Settings
from serving.gateway.statuses import Statuses
from serving.gateway.upstream import Upstream
from serving.gateway.versions import Versions
from serving.gateway.watched import Watched

_REFRESH_SECONDS = 1.0


class Gateway:
    """All that requests share.

    Attributes:
      draining: whether a signal to stop has come.
      upstream, statuses, versions, predictor: there while ``running``.

    Raises:
      InputError: an option, the keys or the configuration is wrong; or others could reach a gateway without keys.
    """

    def __init__(self, settings: Settings, log: Log | None = None) -> None:
        settings.check()
        self.settings = settings
        self.log = log or Log()
        self.metrics = Metrics()
        self.keys = Watched(settings.keys, keys.load, self.log)
        self._config = Watched(settings.config, canary.load, self.log) if settings.config is not None else None
        if self._config is not None and self._config.value is None:
            raise InputError(f"--config: there is no file {settings.config}")
        if settings.keys_needed and self.keys.value is None:
            raise InputError(
                f"--keys: there is no file {settings.keys}; make it with `slipway keys add NAME --keys FILE`"
            )
        if not settings.is_loopback and not self.keys.value:
            raise InputError(
                f"--host {settings.host}: others could reach the gateway, and {settings.keys} has no API key; "
                "make one with `slipway keys add NAME`, or listen on 127.0.0.1"
            )
        self.rate = RateLimit(settings.rate_limit)
        self.cards = Cards(settings.models, self.log)
        self.cards.refresh()
        self.labels = Followed(settings.registry or registry_beside(settings.models), self._bad_labels)
        self.labels.refresh(self.cards.models)
        self._warn_of_redactions()
        self.sampling = self._sampling()
        self.pictures = Pictures(settings.max_pixels)
        self.draining = False
        self.upstream: Upstream
        self.statuses: Statuses
        self.versions: Versions
        self.predictor: Predictor

    def _sampling(self) -> Sampling | None:
        chosen = self.settings
        if chosen.request_log is None:
            return None
        size = chosen.request_log_bytes
        return Sampling(chosen.request_log, chosen.request_log_sample, size, chosen.redact, self.log)

    def _warn_of_redactions(self) -> None:
        """Logs each --redact that no model has: a misspelt one would write what it should hide."""
        known = {name for cards in self.cards.models.values() for card in cards.values() for name in card.inputs}
        for name in sorted(self.settings.redact - known):
            self.log.line("warning", "--redact names a field that no model has", field=name)

    def _bad_labels(self, error: str) -> None:
        self.log.line("error", "labels not read; the last good ones stay in effect", error=error)

    @property
    def routings(self) -> dict[str, Routing]:
        """Weights and labels by model, as the configuration is now."""
        return (self._config.value or {}) if self._config is not None else {}

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Connects to the model server, and refreshes all that may change until the context is left."""
        chosen = self.settings
        # Here and not in __init__: a channel of grpc.aio belongs to the event loop in which it is made.
        self.upstream = Upstream(chosen.upstream, chosen.upstream_tls_ca, self.metrics)
        self.statuses = Statuses(self.upstream, self.cards, self.metrics, self.log)
        self.versions = Versions(self.cards, self.statuses, self.upstream, lambda: self.routings, self.labels)
        self.predictor = Predictor(self.versions, self.upstream, self.metrics)
        refreshing = asyncio.create_task(self._refresh())
        try:
            yield
        finally:
            refreshing.cancel()
            await asyncio.gather(refreshing, return_exceptions=True)
            await self.upstream.close()
            self.pictures.close()
            if self.sampling is not None:
                self.sampling.close()

    async def _refresh(self) -> None:
        while True:
            try:
                # Cards first: the statuses are polled for the models that have one.
                await self.cards.update()
                await asyncio.to_thread(self.labels.refresh, self.cards.models)
                self.keys.refresh()
                if self._config is not None:
                    self._config.refresh()
                self.metrics.dropped.set(self.log.dropped)
                await self.statuses.poll()
            except Exception as error:  # a task that ends is not started again, and the gateway would stay as it was
                self.log.line("error", "a bug of ours in the refresh", error=type(error).__name__)
            await asyncio.sleep(_REFRESH_SECONDS)

    def drain(self) -> None:
        """Before uvicorn stops: /readyz is 503 from now on, and load balancers send no more."""
        self.draining = True

    def reasons(self) -> list[str]:
        """Why the gateway should get no requests; empty if it should."""
        return ["the gateway is stopping"] if self.draining else self.statuses.reasons()


def of(request: Request) -> Gateway:
    """The application's gateway."""
    gateway: Gateway = request.app.state.gateway
    return gateway
