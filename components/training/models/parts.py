"""Any encoded feature as a flat vector: what tabular models and a Sequential one begin with."""

import keras

from components.features.encoded import Encoded, Features
from components.training.models.layers import BagOfIds, MaskedMean
from schemas.encoding import weights_name
from schemas.features import Image, Set, Text


def flat(inputs: dict[str, keras.KerasTensor], features: Features, embed_above: int) -> keras.KerasTensor:
    """All features side by side, float32[N, width]: numbers as they are, categories one-hot or embedded, texts as a whole.

    Args:
      embed_above: ids above this number are embedded, fewer are one-hot.
    """
    weights = {weights_name(name) for name in features}
    parts = [
        _part(inputs[name], inputs.get(weights_name(name)), one, embed_above)
        for name, one in features.items()
        if name not in weights
    ]
    return keras.layers.Concatenate()(parts) if len(parts) > 1 else parts[0]


def _part(
    tensor: keras.KerasTensor, weights: keras.KerasTensor | None, one: Encoded, embed_above: int
) -> keras.KerasTensor:
    """One feature as float32[N, width]."""
    match one.feature:
        case Text(encoding="ids"):
            words = keras.layers.Embedding(one.ids, _width(one.ids), mask_zero=True)(tensor)
            return MaskedMean()(words)
        case Text() | Set():
            return BagOfIds(one.ids, _width(one.ids))(tensor, weights)
        case Image():
            return keras.layers.Flatten()(tensor)
    if not one.ids:
        return tensor if one.shape else keras.layers.Reshape((1,))(tensor)
    if one.ids <= embed_above:
        return keras.ops.one_hot(tensor, one.ids)
    return keras.layers.Embedding(one.ids, _width(one.ids))(tensor)


def _width(ids: int) -> int:
    """Embedding width: twice the fourth root of the ids (TensorFlow's "Introducing Feature Columns", 2017, has it once)."""
    return max(2, round(2 * ids**0.25))
