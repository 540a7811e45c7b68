"""A home with a small SavedModel, its statistics and its schema; and new rows for it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import tensorflow as tf
import tfx.components.example_validator.executor  # noqa: F401  TFDV needs what TFX prepares
from tensorflow_metadata.proto.v0 import statistics_pb2

from analysis import predictions
from analysis.predictions import Info
from components.drift.measuring import Measuring
from prediction.files.rows import Chunk
from registry import dossier, version_map
from registry.dossier import DossierRecord
from schemas import codec
from schemas.home import Home
from schemas.model_card import ModelCard
from schemas.records import CasesReport, Verdict
from schemas.tasks import BinaryClassification
from tests.components.evaluation.models import saved

SCHEMA = """
feature {
  name: "Age" type: FLOAT presence { min_fraction: 0.5 min_count: 1 } value_count { min: 0 max: 1 }
  float_domain { name: "Age" min: 0.0 max: 110.0 }
  drift_comparator { jensen_shannon_divergence { threshold: 0.2 } }
}
feature {
  name: "Sex" type: BYTES presence { min_fraction: 1.0 min_count: 1 } value_count { min: 1 max: 1 } domain: "Sex"
  drift_comparator { infinity_norm { threshold: 0.2 } }
}
feature {
  name: "Survived" type: INT presence { min_fraction: 1.0 min_count: 1 }
  drift_comparator { jensen_shannon_divergence { threshold: 0.05 } }
}
string_domain { name: "Sex" value: "female" value: "male" }
"""
CARD = {
    "inputs": {"Age": {"type": "number", "tensor": "Age"}, "Sex": {"type": "string", "tensor": "Sex"}},
    "version": "1.0.0",
    "serving_version": 7,
}


def passengers(women: int, rows: int = 100, older: float = 0.0) -> dict[str, list[Any]]:
    """Women first; ages of 0 to 49 years, and more."""
    return {"Age": [older + row % 50 for row in range(rows)], "Sex": ["female"] * women + ["male"] * (rows - women)}


def statistics(card: ModelCard, cells: dict[str, list[Any]]) -> statistics_pb2.DatasetFeatureStatisticsList:
    measuring = Measuring(card)
    kinds = {"Age": pa.float32(), "Sex": pa.binary()}
    inputs = {name: pa.array(values, kinds[name]) for name, values in cells.items()}
    shown = pa.RecordBatch.from_pydict({"row": list(range(len(cells["Age"])))})
    measuring.add(Chunk(shown, inputs, str))
    return measuring.statistics()


def make_home(root: Path, make_card: Callable[..., ModelCard]) -> Home:
    """Version 1.0.0 was trained on 40 women of 100; it says that women survive."""
    found = Home.from_environment({"SLIPWAY_HOME": str(root)})
    card = make_card(**CARD)

    def answer(Age: tf.Tensor, Sex: tf.Tensor) -> dict[str, tf.Tensor]:  # noqa: N803
        female = tf.cast(Sex == "female", tf.float32) + 0 * tf.cast(Age > 0, tf.float32)
        probabilities = tf.stack([0.9 - 0.8 * female, 0.1 + 0.8 * female], 1)
        names = tf.gather(tf.constant(card.classes), tf.argmax(probabilities, 1))
        return {"class": names, "confidence": tf.reduce_max(probabilities, 1), "probabilities": probabilities}

    saved(found.models("titanic") / "7", card, answer)
    folder = dossier.folder(found.registry("titanic"), "1.0.0", None)
    (folder / dossier.STATISTICS).mkdir(parents=True)
    train = statistics(card, passengers(40))
    (folder / dossier.STATISTICS / "train.pb").write_bytes(train.SerializeToString())
    (folder / dossier.SCHEMA).write_text(SCHEMA)
    task = BinaryClassification("Survived", ("died", "survived"))
    info = Info("titanic", codec.dumps(task), "test", {"Age": "number", "Sex": "string"})
    answers = ["survived"] * 40 + ["died"] * 60
    table = {"label": answers, "prediction": answers, "confidence": np.full(100, 0.9, np.float32)}
    full = predictions.schema_of(info)
    schema = pa.schema([full.field(name) for name in table], full.metadata)
    pq.write_table(pa.table(table, schema=schema), folder / predictions.FILE)
    verdict = Verdict(True, (), "test", 100, {}, {}, None, (), None, None)
    record = DossierRecord(
        run_id="a", verdict=verdict, cases=CasesReport(0, 0, ()), thresholds={}, commit=None, libraries={}, card=card
    )
    (folder / dossier.RECORD).write_text(json.dumps(record.to_json()))
    version_map.record(found.registry("titanic"), version_map.entry_of(card, blessed=True))
    return found


def as_csv(path: Path, cells: dict[str, list[Any]]) -> str:
    rows = zip(*cells.values(), strict=True)
    path.write_text("\n".join([",".join(cells), *(",".join(map(str, row)) for row in rows)]) + "\n")
    return str(path)
