"""Questions to a pushed model: asked of the gateway, as any program would."""

import time

import anyio.to_thread

from registry import dossier, pushed
from schemas.errors import InputError
from schemas.home import Home
from schemas.model_card import ModelCard
from serving.client import AsyncGatewayClient, UnknownModelError
from studio.asking import curl, form, loading, seen
from studio.asking.serving import Serving
from studio.messages.asking import Form, Question, Reply


class UnknownVersionError(InputError):
    """No such model, or no such version of it, was pushed."""


class Questions:
    """Forms, questions and answers.

    Args:
      serving: what answers.
    """

    def __init__(self, home: Home, serving: Serving) -> None:
        self._home = home
        self._models = home.root / "models"
        self._serving = serving

    async def form(self, name: str, version: str | None) -> Form:
        """The form of a version, the newest without one. Raises UnknownVersionError."""
        card = await self._card(name, version)
        return await anyio.to_thread.run_sync(self._form, card)

    def _form(self, card: ModelCard) -> Form:
        folder = dossier.folder(self._home.registry(card.name), card.version, card.run_id)
        return form.form_of(card, seen.columns(folder))

    async def ask(self, name: str, question: Question) -> Reply:
        """The gateway's answer.

        Raises:
          UnknownVersionError: no such model or version was pushed.
          NotServingError: the servers are not there yet.
          ServingCallError: the gateway has no answer to this.
        """
        await self._card(name, question.version)  # before servers are started for it
        client = await self._serving.client()
        card = await self.loaded(client, name, question.version)
        pinned = card.version if question.version is not None else None
        begun = time.perf_counter()
        answer = await client.predict(
            name, question.input, version=pinned, probabilities=card.has_classes, timeout=None
        )
        milliseconds = (time.perf_counter() - begun) * 1000
        found = answer.as_answer()
        assert self._serving.url is not None
        line = curl.line_of(self._serving.url, card, question.input, version=pinned, has_key=self._serving.has_key)
        return Reply(
            model=found["model"],
            version=found["version"],
            serving_version=found["serving_version"],
            output=dict(found["output"]),
            milliseconds=milliseconds,
            curl=line.line,
            curl_file=line.file,
        )

    async def loaded(self, client: AsyncGatewayClient, name: str, version: str | None) -> ModelCard:
        """The card of a version, once the model server has it. Raises as ``ask`` does."""
        if not self._serving.own:
            return await self._card(name, version)
        if version is None:
            return await loading.wait_for_newest(client, self._models, name)
        return await loading.load(client, self._serving.registry, self._models, name, version)

    async def _card(self, name: str, version: str | None) -> ModelCard:
        """Of this home's model; of a gateway that runs elsewhere, where this home has none."""
        try:
            folder = await anyio.to_thread.run_sync(pushed.find, self._models / name, name, version)
            return await anyio.to_thread.run_sync(ModelCard.read, folder)
        except InputError as error:
            if self._serving.own:
                raise UnknownVersionError(str(error)) from None
        client = await self._serving.client()
        try:
            return (await client.model(name, version=version)).card
        except UnknownModelError as error:
            raise UnknownVersionError(str(error)) from None
