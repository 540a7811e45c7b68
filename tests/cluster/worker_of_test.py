"""One of two workers that train small models without TFX; writes the weights that it ended with. Run by test_workers.py."""

import sys
from pathlib import Path

import numpy as np
import tensorflow as tf

from components.features.encoded import Encoded, Features
from components.training import devices
from components.training.datasets import Held
from components.training.fitting import Data, Fitter, fit_ensemble
from components.training.models import tabular
from schemas import curves
from schemas.features import Category, Number
from schemas.models import Tabular
from schemas.tasks import BinaryClassification
from schemas.training import Training

TASK = BinaryClassification("y", ("no", "yes"))
FEATURES = Features("ships", TASK, {"x": Encoded(Number(), ()), "flag": Encoded(Category(), (), "int64", 40)})
SPEC = Tabular(hidden=(8,), dropout=0.3, batch_norm=True)
TRAININGS = {
    "plain": Training(epochs=3, batch_size=32),
    "long": Training(epochs=3, batch_size=8, steps_per_epoch=4, schedule="cosine", weight_decay=0.1),
    "ensemble": Training(epochs=2, batch_size=16, ensemble=2, balanced=True),
    "half": Training(epochs=2, batch_size=16, precision="mixed_float16"),
}


def held(rows: int, seed: int) -> Held:
    random = np.random.default_rng(seed)
    x, flag = random.normal(size=rows).astype(np.float32), random.integers(0, 40, rows)
    return Held({"x": tf.constant(x), "flag": tf.constant(flag)}, tf.constant((x > 0).astype(np.int64)))


def main() -> None:
    out = Path(sys.argv[1])
    found = devices.find(2)
    data = Data(held(65, 0), held(33, 1), {"rows": 65, "labels": {"y": {"counts": {"0": 40, "1": 25}}}})
    weights = {}
    for name, training in TRAININGS.items():
        logs = out / f"logs-{found.worker}"
        fitted = fit_ensemble(lambda: tabular.build(SPEC, FEATURES), FEATURES, data, training, found, str(logs))
        weights |= {f"{name}/{place}": weight for place, weight in enumerate(fitted.model.get_weights())}
        curves.write(out / f"curves-{found.worker}" / name, fitted.curves)
    np.savez(out / f"weights-{found.worker}.npz", **weights)
    (out / f"devices-{found.worker}.txt").write_text(found.text)
    with found.strategy.scope():
        model = tabular.build(SPEC, FEATURES)
        model.compile("adam", "binary_crossentropy")
    fitter = Fitter(model, data, TASK, TRAININGS["plain"], found)
    try:
        fitter._distributed.check_equal("a number", np.array([found.worker]))  # type: ignore[union-attr]
    except RuntimeError as error:
        (out / f"differ-{found.worker}.txt").write_text(str(error))


if __name__ == "__main__":
    main()
