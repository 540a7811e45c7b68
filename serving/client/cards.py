"""Model cards for clients of TensorFlow Serving, whose protocol has neither classes nor fields."""

from pathlib import Path

from registry import version_map
from schemas.model_card import ModelCard
from serving.client.errors import UnknownModelError


class Cards:
    """The cards of all models below a models folder, or one card alone.

    Args:
      models: a folder of models by name, as ``$SLIPWAY_HOME/models``. A model's cards are read again when versions come or go.
      card: a pushed model's card.
    """

    def __init__(self, models: Path | None, card: ModelCard | None) -> None:
        self._models = models
        self._card = card
        self._read: dict[str, tuple[int, list[ModelCard]]] = {}

    def names(self) -> list[str]:
        """The names of the models that have a pushed version, sorted."""
        if self._models is None:
            return [self._card.name] if self._card else []
        return sorted(folder.name for folder in self._models.glob("*") if version_map.folders(folder))

    def of(self, name: str) -> list[ModelCard]:
        """All cards of a model, the newest last. Raises UnknownModelError where there is none."""
        cards = [self._card] if self._card and self._card.name == name else self._in_folder(name)
        if not cards:
            raise UnknownModelError(
                f"no model {name!r} in {self._models or 'the card given'}; there are: {', '.join(self.names()) or 'none'}"
            )
        return cards

    def find(self, name: str, version: str | int) -> ModelCard:
        """The card of a semantic or an integer version. Raises UnknownModelError where there is none."""
        cards = self.of(name)
        for card in cards:
            if str(version) in (card.version, str(card.serving_version)):
                return card
        known = ", ".join(f"{card.version} ({card.serving_version})" for card in cards)
        raise UnknownModelError(f"{name} has no card of version {version!r}; there are cards of {known}")

    def _in_folder(self, name: str) -> list[ModelCard]:
        if self._models is None or name not in self.names():  # a name such as ../other is no path
            return []
        folder = self._models / name
        # A folder's modification time changes when a version is added or removed: one stat instead of reading all cards.
        changed = folder.stat().st_mtime_ns
        if self._read.get(name, (None,))[0] != changed:
            self._read[name] = changed, version_map.cards(folder)
        return self._read[name][1]
