"""Which split a row falls into, by a hash of its key. Of TensorFlow alone: nothing of Beam or TFX is imported."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import tensorflow as tf

from schemas.splits import NAMES, TEST, Splits


def split_of(keys: pa.Array, official: pa.Array | None, splits: Splits) -> np.ndarray:
    """The split of each key, int64[N], an index into NAMES.

    The hash is TensorFlow's Fingerprint64 (FarmHash), which is the same on every machine and in every version.

    Args:
      keys: large_binary[N].
      official: ``Block.splits``, string[N], where there is an official test set: a row that is not in it becomes train or
        eval.
    """
    strings = tf.constant(keys.to_numpy(zero_copy_only=False).astype(object))
    if splits.salt:
        # The separator keeps salt 1 with key "23" from being salt 12 with key "3".
        strings = tf.strings.join([str(splits.salt), strings], separator="\0")
    if official is None:
        return _bucket_split(strings, splits.shares)
    # What upstream has not put into its test set may be learned from, but may not judge.
    return np.where(is_test(official), NAMES.index(TEST), _bucket_split(strings, (splits.train, splits.eval)))


def is_test(official: pa.Array) -> np.ndarray:
    """bool[N]: which rows are in the official test set; ``official`` is ``Block.splits``."""
    found: np.ndarray = pc.fill_null(pc.equal(official, TEST), False).to_numpy(zero_copy_only=False)
    return found


def _bucket_split(strings: tf.Tensor, shares: tuple[int, ...]) -> np.ndarray:
    bucket_split = np.repeat(np.arange(len(shares)), shares)
    return bucket_split[tf.strings.to_hash_bucket_fast(strings, len(bucket_split)).numpy()]
