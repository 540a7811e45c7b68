"""`slipway predict --url`: a model that a server answers for."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from prediction import local_model
from schemas.errors import InputError
from serving.client.blocking import BlockingClient
from serving.client.errors import UnauthorizedError

_TIMEOUT = 30.0  # seconds, for one request or one part of a file


class RemoteModel:
    """A model behind a server, as ``prediction.local_model.LocalModel`` is one in this process; a context manager.

    Args:
      url: ``http://`` or ``https://`` and a gateway's address, or ``grpc://`` and a model server's.
      api_key: for a gateway that requires one.
      models: the models folder, for the cards, which a model server does not send.
      version: a semantic or integer version; the newest one that is served without it.

    Raises:
      InputError: not such a URL, a server that does not answer, or no such model.
    """

    def __init__(self, url: str, api_key: str | None, models: Path, name: str, version: str | None) -> None:
        self.where = f"asked of {url}"
        self._version = version
        # pop_all at the end: a model that cannot be read must not leave the client's thread behind.
        with ExitStack() as stack:
            self._client = stack.enter_context(_client(url, api_key, models))
            try:
                self.card = self._client.model(name, version=version).card
            except UnauthorizedError as error:
                raise InputError(f"{error}; --api-key KEY or $SLIPWAY_API_KEY gives the command a key") from error
            self._close = stack.pop_all().close

    def answer(self, argument: str | None) -> local_model.IdentifiedAnswer:
        """The answer to an INPUT argument, as ``Prediction.as_answer`` has it.

        Raises InputError: no input, one that the model does not take, or no answer.
        """
        value = local_model.read_argument(self.card, argument)
        classes = self.card.has_classes
        return self._client.predict(self.card.name, value, version=self._version, probabilities=classes).as_answer()

    def load(self, probabilities: bool) -> Any:
        """The model as ``prediction.files.batch`` uses it; ``probabilities``: whether it needs those of every class."""
        # numpy loads only for a file; a single input does without it.
        from serving.client.columns import ColumnClient

        return ColumnClient(self._client, self.card, probabilities)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()


def _client(url: str, api_key: str | None, models: Path) -> BlockingClient:
    scheme = url.partition("://")[0]
    if scheme in ("http", "https"):
        from serving.client.gateway import GatewayClient

        return GatewayClient(url, api_key, timeout=_TIMEOUT)
    if scheme == "grpc":
        from serving.client.tf_serving import ServingClient

        return ServingClient(url, models=models, timeout=_TIMEOUT)
    raise InputError(
        f"--url: received {url!r}; http://HOST:PORT of a gateway (slipway gateway) "
        "or grpc://HOST:PORT of a model server (slipway serve) is expected"
    )
