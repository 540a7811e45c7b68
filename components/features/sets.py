"""Sets of names in the Transform graph: canonical text (schemas.forms.sets) to ids."""

import tensorflow as tf
import tensorflow_transform as tft

from schemas.encoding import vocabulary_name
from schemas.features import Set


def encode_set(name: str, value: tf.Tensor, feature: Set) -> dict[str, tf.Tensor]:
    """string[N] to int64[N, length]: 0 is padding, 1 the most frequent name; each id once, rising. Unknown names have none."""
    rows = tf.strings.split(tf.strings.regex_replace(value, "^$", feature.separator), feature.separator)
    names = tf.ragged.boolean_mask(rows, tf.not_equal(rows, "")).to_sparse()
    if feature.names:
        ids = tf.SparseTensor(names.indices, _position(names.values, feature.names), names.dense_shape)
    else:
        ids = tft.compute_and_apply_vocabulary(
            names,
            top_k=feature.vocabulary,
            frequency_threshold=feature.min_count if feature.min_count > 1 else None,
            default_value=-1,
            vocab_filename=vocabulary_name(name),
        )
    return {name: _padded(tf.sparse.retain(ids, ids.values >= 0), feature.length)}


def _position(names: tf.Tensor, known: tuple[str, ...]) -> tf.Tensor:
    """Where each name stands among the known ones, int64[names]; -1 for one that is not there."""
    same = tf.equal(names[:, tf.newaxis], tf.constant(known)[tf.newaxis, :])
    found = tf.argmax(tf.cast(same, tf.int8), axis=1)
    return tf.where(tf.reduce_any(same, axis=1), found, -1)


def _padded(ids: tf.SparseTensor, length: int) -> tf.Tensor:
    """Each row's ids, raised by one and sorted, the first ``length`` of them, then zeros: int64[N, length]."""
    count = ids.dense_shape[0]
    # One integer for row and id, as only a vector is sorted at once.
    wide = tf.reduce_max(tf.concat([ids.values, [0]], axis=0)) + 1
    pairs = tf.sort(ids.indices[:, 0] * wide + ids.values)
    rows = tf.RaggedTensor.from_value_rowids(pairs % wide + 1, pairs // wide, count)
    return rows.to_tensor(0, shape=[None, length])
