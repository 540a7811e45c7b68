"""The cards of all pushed models, read again when a model's folders change."""

import asyncio
import os
from pathlib import Path
from typing import Any

from schemas import forms
from schemas.errors import InputError
from schemas.model_card import PATH, ModelCard
from schemas.tasks import CLASS, CLASSES, SEVERAL
from serving.gateway.logs import Log
from serving.gateway.single_flight import SingleFlight

# What ``inputs`` of the gateway can read from a request.
_TYPES = ("number", "string", "image")
Stamp = tuple[int, int]


class Cards:
    """Model cards by name and integer version.

    Attributes:
      models: ``{name: {integer version: card}}``; only whole and readable cards.
      generation: rises with every change.
      update: ``await update()`` runs ``refresh`` in a thread; concurrent callers share one run.

    Args:
      folder: ``<name>/<integer>/assets.extra/model_card.json`` below it.
    """

    def __init__(self, folder: Path, log: Log) -> None:
        self._folder = folder
        self._log = log
        self._read: dict[Path, tuple[Stamp, ModelCard | None]] = {}
        self.models: dict[str, dict[int, ModelCard]] = {}
        self.generation = 0
        self.update = SingleFlight(self._update)

    async def _update(self) -> None:
        await asyncio.to_thread(self.refresh)  # a disk of the network may take its time

    def refresh(self) -> None:
        """Lists the folders and reads the cards that are new. One that cannot be read is logged once, and left out."""
        try:
            found = dict(self._scan())
        except OSError as error:
            self._log.line("error", "the models cannot be listed", error=str(error))
            return
        if {path: stamp for path, (stamp, _) in self._read.items()} == found:
            return
        self._read = {path: self._card(path, stamp) for path, stamp in found.items()}
        models: dict[str, dict[int, ModelCard]] = {}
        for path, (_, card) in sorted(self._read.items()):
            if card is not None:
                models.setdefault(path.parent.name, {})[int(path.name)] = card
        # Replaced, never changed in place: requests read it on the event loop while this runs in a thread.
        self.models = models
        self.generation += 1

    def _scan(self) -> list[tuple[Path, Stamp]]:
        found = []
        for model in os.scandir(self._folder):
            if model.is_dir() and not model.name.startswith("."):
                for version in os.scandir(model.path):
                    # A version that is being pushed has a hidden name until it is whole; isdecimal takes digits of any script.
                    if version.name.isdecimal() and version.name.isascii():
                        path = Path(version.path)
                        found.append((path, _stamp(path)))
        return found

    def _card(self, path: Path, stamp: Stamp) -> tuple[Stamp, ModelCard | None]:
        known = self._read.get(path)
        if known is not None and known[0] == stamp:
            return known
        try:
            card = ModelCard.read(path)
            _check(card, path)
        except InputError as error:
            # The stamp is kept with None, so that a broken card is logged and read once per change, not every second.
            self._log.line("error", "a model without a card is not served", error=str(error))
            return stamp, None
        return stamp, card


def _stamp(model: Path) -> Stamp:
    """Modification time in ns and size in bytes of a version's card file; zeros where there is none (yet)."""
    try:
        found = os.stat(model / PATH)
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def _check(card: ModelCard, path: Path) -> None:
    """Raises InputError for a card that a gateway cannot work with."""
    # A folder copied under another name would answer as a model that it is not.
    if card.name != path.parent.name:
        raise InputError(f"the card of {path} is that of {card.name!r}; put the model's own card there")
    good = isinstance(card.inputs, dict) and card.inputs and all(_is_input(spec) for spec in card.inputs.values())
    if not good or not _has_answers(card) or not isinstance(card.example, dict):
        raise InputError(f"the card of {path} has no readable inputs, classes or example; push the model again")
    try:
        _ = card.horizon
    except (KeyError, TypeError, ValueError):
        raise InputError(f"the card of {path} has outputs of a forecast and no horizon; push the model again") from None


def _has_answers(card: ModelCard) -> bool:
    """Whether its tasks and classes say what an answer is."""
    if (card.kind == SEVERAL) != bool(card.tasks):
        return False
    try:
        parts = card.parts()
    except (AttributeError, KeyError, TypeError, ValueError):
        return False
    return all(isinstance(part.classes, list) == (part.kind in (CLASS, CLASSES)) for part in parts)


def _is_input(spec: Any) -> bool:
    if not isinstance(spec, dict) or spec.get("type") not in _TYPES or not isinstance(spec.get("tensor"), str):
        return False
    try:
        forms.of_spec(spec)
    except (KeyError, ValueError, TypeError):  # of a newer Slipway, whose form this gateway could not check
        return False
    return True


def label(card: ModelCard, number: int) -> str:
    """A version's public name: its semantic version, or its integer where the card has none."""
    return card.version or str(number)


def number_of(cards: dict[int, ModelCard], version: str) -> int | None:
    """The integer version of a semantic (or integer) one; the newest, should two have the same."""
    return max((number for number, card in cards.items() if version in (card.version, str(number))), default=None)
