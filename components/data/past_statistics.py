"""The train split's statistics of pushed models, kept to see drift: ``registry/<dataset>/statistics/<integer version>.pb``."""

from dataclasses import dataclass
from pathlib import Path

from tensorflow_metadata.proto.v0 import statistics_pb2

from registry import dossier, version_map
from schemas.files import write_whole
from schemas.model_card import ModelCard


@dataclass(frozen=True)
class Past:
    """What the present data is compared with.

    Attributes:
      path: a file with a DatasetFeatureStatisticsList, "" for none.
      version: the model that was trained on that data, "" for none.
    """

    path: str = ""
    version: str = ""


def keep(statistics: statistics_pb2.DatasetFeatureStatisticsList, registry: Path, card: ModelCard) -> None:
    """Keeps the statistics of the data that a pushed model was trained on.

    They have a file for each model: another salt or another feature makes other statistics of the same data, and what a file
    holds may not change, as ExampleValidator's cache sees its path alone.
    """
    write_whole(dossier.past_statistics(registry, card), statistics.SerializeToString())


def last(models: Path, registry: Path, fingerprint: str, limit: int) -> Past:
    """The statistics of the newest pushed model, if it was trained on other data than this.

    Models of another limit are passed over: a file's first rows are a sample, and differ from the whole without any drift.
    """
    cards = [card for card in version_map.cards(models) if card.data["limit"] == limit]
    if not cards or cards[-1].data["fingerprint"] == fingerprint:
        return Past()
    path = dossier.past_statistics(registry, cards[-1])
    return Past(str(path), cards[-1].version or "") if path.exists() else Past()
