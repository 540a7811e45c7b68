"""The train split's statistics of pushed models, kept to see drift: ``registry/<dataset>/statistics/<data>-<limit>.pb``."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tensorflow_metadata.proto.v0 import statistics_pb2

from schemas import version_map

_FOLDER = "statistics"


@dataclass(frozen=True)
class Past:
    """What the present data is compared with.

    Attributes:
      path: a file with a DatasetFeatureStatisticsList, "" for none.
      version: the model that was trained on that data, "" for none.
    """

    path: str = ""
    version: str = ""


def keep(statistics: statistics_pb2.DatasetFeatureStatisticsList, registry: Path, data: dict[str, Any]) -> None:
    """Keeps the statistics of the data that a model card speaks of (its field ``data``)."""
    path = _path(registry, data)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.part")
    temporary.write_bytes(statistics.SerializeToString())
    os.replace(temporary, path)


def last(models: Path, registry: Path, fingerprint: str, limit: int) -> Past:
    """The statistics of the newest pushed model, if it was trained on other data than this.

    Models of another limit are passed over: a file's first rows are a sample, and differ from the whole without any drift.
    """
    cards = [card for card in version_map.cards(models) if card.data["limit"] == limit]
    if not cards or cards[-1].data["fingerprint"] == fingerprint:
        return Past()
    path = _path(registry, cards[-1].data)
    return Past(str(path), cards[-1].version or "") if path.exists() else Past()


def _path(registry: Path, data: dict[str, Any]) -> Path:
    return registry / _FOLDER / f"{data['fingerprint']}-{data['limit']}.pb"
