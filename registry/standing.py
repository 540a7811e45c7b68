"""How each version stands now: whether its folder is there, whether it is the newest, which labels it has."""

from dataclasses import dataclass
from pathlib import Path

from registry import labels, version_map
from registry.version_map import Entry


@dataclass(frozen=True)
class Standing:
    """An entry of the version map, and what servers do with it.

    Attributes:
      entry: of the map.
      there: whether its folder is there; False for a refused model.
      newest: whether it is what servers take for the newest version.
      labels: the labels that name this folder.
    """

    entry: Entry
    there: bool = False
    newest: bool = False
    labels: tuple[str, ...] = ()

    @property
    def primary(self) -> str | None:
        """The name of the primary metric; None where nothing was measured."""
        return next(iter(self.entry.metrics), None)


def standings(models: Path, registry: Path) -> list[Standing]:
    """The version map of a dataset, oldest first. Raises InputError for a map or labels that cannot be read.

    Args:
      models, registry: the dataset's folders.
    """
    there = [int(folder.name) for folder in version_map.folders(models)]
    named = labels.read(registry)

    def standing(entry: Entry) -> Standing:
        number = entry.serving_version
        if number not in there:
            return Standing(entry)
        own = tuple(name for name, label in named.items() if label.serving_version == number)
        return Standing(entry, True, number == there[-1], own)

    return [standing(entry) for entry in version_map.entries(registry)]
