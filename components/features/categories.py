"""Names in the Transform graph: as ids."""

import tensorflow as tf
import tensorflow_transform as tft

from schemas.encoding import vocabulary_name
from schemas.features import Category

MISSING_NAME = "[missing]"


def encode_category(name: str, value: tf.Tensor, feature: Category) -> dict[str, tf.Tensor]:
    """string[N] to int64[N], the last id for the out-of-vocabulary; a missing value is a name, or (of hashes) the last id."""
    if feature.hash:
        # TensorFlow's Fingerprint64, the same on every machine and in every version.
        ids = tf.strings.to_hash_bucket_fast(value, feature.hash)
        return {name: tf.where(tf.equal(value, ""), tf.constant(feature.hash, tf.int64), ids)}
    names = tf.where(tf.equal(value, ""), MISSING_NAME, value)
    if feature.names:
        return {name: _position(names, [*feature.names, MISSING_NAME])}
    ids = tft.compute_and_apply_vocabulary(
        names,
        top_k=feature.vocabulary,
        frequency_threshold=feature.min_count if feature.min_count > 1 else None,
        num_oov_buckets=1,
        vocab_filename=vocabulary_name(name),
    )
    return {name: ids}


def _position(values: tf.Tensor, names: list[str]) -> tf.Tensor:
    """Where each value stands in ``names``, int64[N]; len(names) for one that is not there.

    Declared names are few: comparing with each is cheaper than a lookup table, which adds functions to every SavedModel.
    """
    same = tf.equal(values[:, tf.newaxis], tf.constant(names)[tf.newaxis, :])
    or_else = tf.ones_like(same[:, :1])
    return tf.argmax(tf.cast(tf.concat([same, or_else], axis=1), tf.int8), axis=1)
