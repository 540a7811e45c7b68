"""The Transform step's graph, called with dense columns.

``TFTransformOutput.transform_features_layer`` does the same, but as a tf_keras layer, and saving that inside a SavedModel
traces it anew for the formats of Keras 2: two seconds for each model.
"""

import tensorflow as tf
import tensorflow_transform as tft

from components.features.packing import packed_in
from components.features.raw import MISSING, to_raw
from schemas.encoding import MATRIX


class TransformGraph(tf.Module):
    """Raw columns to encoded features, with the vocabularies as tracked assets."""

    def __init__(self, transform_output: tft.TFTransformOutput, *labels: str) -> None:
        super().__init__()
        self._loaded = tf.saved_model.load(transform_output.transform_savedmodel_dir)
        self._raw_spec = transform_output.raw_feature_spec()
        self._packed = packed_in(transform_output.raw_metadata.schema)
        self._labels = labels

    def __call__(self, columns: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Encodes.

        Args:
          columns: every raw column of a request, a tensor [N], NaN or "" where a value is missing. The labels (int64 or
            float32[N]) may be left out, as it is in serving; so may columns that only slices use.

        Returns:
          The outputs of ``preprocessing_fn``; the labels among them if they were given.
        """
        size = tf.shape(next(iter(columns.values())))[0]
        specs = {name: spec for name, spec in self._raw_spec.items() if name != MATRIX}
        specs |= dict.fromkeys(self._packed, tf.io.VarLenFeature(tf.float32))
        unused = {
            name: tf.fill([size, *getattr(spec, "shape", [])], tf.constant(MISSING[spec.dtype], spec.dtype))
            for name, spec in specs.items()
            if name not in columns
        }
        raw = {**columns, **unused}
        if self._packed:
            raw[MATRIX] = tf.stack([raw.pop(name) for name in self._packed], axis=1)
        outputs = dict(self._loaded.transform_fn(to_raw(raw, self._raw_spec)))
        for label in unused.keys() & set(self._labels):
            del outputs[label]
        return outputs
