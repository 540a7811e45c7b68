"""Features of the Titanic that are computed from other columns, inside the exported graph."""

import tensorflow as tf


def title(name: tf.Tensor) -> tf.Tensor:
    """ "Braund, Mr. Owen Harris" to "Mr"; "" where there is no title. string[N] to string[N]."""
    found = tf.strings.regex_full_match(name, r"[^,]*, *[^.,]+\..*")
    return tf.where(found, tf.strings.regex_replace(name, r"^[^,]*, *([^.,]+)\..*$", r"\1"), "")


def deck(cabin: tf.Tensor) -> tf.Tensor:
    """ "C85" and "C23 C25 C27" to "C"; "" where the cabin is not known. string[N] to string[N]."""
    return tf.strings.regex_replace(cabin, r"^(.).*$", r"\1")


def family(siblings_and_spouses: tf.Tensor, parents_and_children: tf.Tensor) -> tf.Tensor:
    """ "alone", "small" (2 to 4 aboard) or "large"; "" where a number is missing. float32[N], float32[N] to string[N]."""
    size = siblings_and_spouses + parents_and_children + 1
    kind = tf.where(size < 2, "alone", tf.where(size <= 4, "small", "large"))
    return tf.where(tf.math.is_nan(size), "", kind)
