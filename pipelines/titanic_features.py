"""Features of the Titanic that are computed from other columns, inside the exported graph."""

import tensorflow as tf


def title(name: tf.Tensor) -> tf.Tensor:
    """ "Braund, Mr. Owen Harris" to "Mr"; "" where there is no title. string[N] to string[N]."""
    found = tf.strings.regex_full_match(name, r"[^,]*, *[^.,]+\..*")
    return tf.where(found, tf.strings.regex_replace(name, r"^[^,]*, *([^.,]+)\..*$", r"\1"), "")


def family_size(siblings_and_spouses: tf.Tensor, parents_and_children: tf.Tensor) -> tf.Tensor:
    """Relatives aboard and the passenger; NaN where one of the two is missing. float32[N], float32[N] to float32[N]."""
    return siblings_and_spouses + parents_and_children + 1
