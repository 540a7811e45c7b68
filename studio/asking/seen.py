"""What the columns of the training examples held, from the statistics in a version's dossier."""

from dataclasses import dataclass
from pathlib import Path

from registry import dossier

_MOST_NAMES = 30  # of a column: a longer list is no help to choose from


@dataclass(frozen=True)
class Seen:
    """A column.

    Attributes:
      low, high: of its numbers; None where it holds none.
      names: all of its values, the most frequent first; empty where there are too many.
    """

    low: float | None = None
    high: float | None = None
    names: tuple[str, ...] = ()


def columns(folder: Path) -> dict[str, Seen]:
    """The columns by name; none where the dossier has no statistics.

    Args:
      folder: of the dossier.
    """
    # Of protobuf alone: TFDV, which wrote them, would bring TensorFlow.
    from google.protobuf.message import DecodeError
    from tensorflow_metadata.proto.v0 import statistics_pb2

    try:
        data = (folder / dossier.STATISTICS / "train.pb").read_bytes()
        found = statistics_pb2.DatasetFeatureStatisticsList.FromString(data)
    except (OSError, DecodeError):
        return {}
    seen = {}
    for dataset in found.datasets[:1]:
        for feature in dataset.features:
            if feature.HasField("num_stats"):
                seen[feature.path.step[0]] = Seen(_float32(feature.num_stats.min), _float32(feature.num_stats.max))
            elif feature.HasField("string_stats"):
                texts = feature.string_stats
                names = tuple(bucket.label for bucket in texts.rank_histogram.buckets)
                is_whole = len(names) == texts.unique <= _MOST_NAMES
                seen[feature.path.step[0]] = Seen(names=names if is_whole else ())
    return seen


def _float32(value: float) -> float:
    """A number without the digits that float32 does not have: 0.42 of 0.41999998688697815."""
    return float(f"{value:.7g}")
