"""Whether a model's step can be compiled is found without running it."""

import numpy as np
import pytest
import tensorflow as tf

from components.features.encoded import Encoded, Features
from components.training import xla
from components.training.devices import Devices
from components.training.models import convolutional
from schemas.features import Image
from schemas.models import Convolutional
from schemas.tasks import MulticlassClassification

TASK = MulticlassClassification("y", ("a", "b", "c"))
FEATURES = Features("pictures", TASK, {"i": Encoded(Image(height=8, width=8, channels=1), (8, 8, 1))})
BATCH = {"i": tf.zeros([4, 8, 8, 1])}
HERE = Devices(tf.distribute.get_strategy(), "CPU")


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        (Convolutional(filters=(4,), hidden=4, batch_norm=True), None),
        (Convolutional(filters=(4,), hidden=4, shift=0.1), "it has no kernel for ImageProjectiveTransformV3"),
    ],
)
def test_what_xla_has_no_kernel_for_is_named(spec: Convolutional, reason: str | None) -> None:
    model = convolutional.build(spec, FEATURES)
    before = [variable.numpy() for variable in model.variables]
    assert xla.obstacle(lambda: model, BATCH, HERE) == reason
    for old, variable in zip(before, model.variables, strict=True):
        np.testing.assert_array_equal(old, variable.numpy())
