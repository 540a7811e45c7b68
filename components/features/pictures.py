"""Pictures in the Transform graph: decoded and resized."""

import tensorflow as tf

from schemas.features import Image


def encode_image(name: str, value: tf.Tensor, feature: Image) -> dict[str, tf.Tensor]:
    """Encoded pictures, string[N], to float32[N, height, width, channels] in 0..1."""
    size = (feature.height, feature.width)

    def decode(encoded: tf.Tensor) -> tf.Tensor:
        # A GIF would otherwise add a dimension of frames.
        picture = tf.io.decode_image(encoded, channels=feature.channels, expand_animations=False)
        picture.set_shape([None, None, feature.channels])
        # "area" averages when it shrinks; bilinear would skip pixels.
        return tf.image.resize(picture, size, method="area") / 255.0

    pictures = tf.map_fn(decode, value, fn_output_signature=tf.float32)
    pictures.set_shape([None, *size, feature.channels])
    return {name: pictures}
