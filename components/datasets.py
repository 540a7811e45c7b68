"""tf.data pipelines over TFRecords of tf.Examples."""

import tensorflow as tf

from components.label_scale import LabelScale
from components.raw import dense_spec
from components.transform_graph import TransformGraph
from schemas.description import Description

_READ_BATCH = 512
_SHUFFLE_BUFFER = 100_000


def transformed(
    patterns: list[str], description: Description, transform: TransformGraph, scale: LabelScale
) -> tf.data.Dataset:
    """One ``(features, label)`` per example, encoded by the Transform graph.

    Features are as preprocessing_fn says, without the batch dimension; the label is int64, or float32 on the model's scale.
    """
    label = description.task.label
    spec = dense_spec(description, with_label=True)

    @tf.autograph.experimental.do_not_convert  # nothing branches on a tensor; converting takes longer than tracing
    def encode(serialized: tf.Tensor) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
        outputs = transform(tf.io.parse_example(serialized, spec))
        target = outputs.pop(label)
        return outputs, target if target.dtype == tf.int64 else scale.learned(target)

    files = tf.data.Dataset.list_files(patterns, shuffle=False)
    records = tf.data.TFRecordDataset(files, compression_type="GZIP")
    return records.batch(_READ_BATCH).map(encode, num_parallel_calls=tf.data.AUTOTUNE).unbatch()


def for_training(examples: tf.data.Dataset, batch_size: int, seed: int, rows: int, *, endless: bool) -> tf.data.Dataset:
    """Batches, shuffled anew in each pass, the same way for the same seed.

    Args:
      rows: how many examples there are; so many are shuffled together, up to a limit.
      endless: whether passes follow one another without end, for training in rounds of so many steps.
    """
    shuffled = examples.shuffle(min(rows, _SHUFFLE_BUFFER), seed=seed)
    return (shuffled.repeat() if endless else shuffled).batch(batch_size).prefetch(tf.data.AUTOTUNE)
