"""Any encoded feature as a flat vector: what tabular models and a Sequential one begin with."""

import keras

from components.features.encoded import Encoded, Features
from components.training.models.layers import BagOfIds, MaskedMean
from components.training.models.reading import convolved, recurrent, vectors
from components.training.models.seeing import seen
from schemas.encoding import weights_name
from schemas.features import Number, Text
from schemas.models import Tabular

_READ_WIDTH = 32  # filters or units by which a text among other features is read
_KERNEL = 5


def flat(inputs: dict[str, keras.KerasTensor], features: Features, spec: Tabular) -> keras.KerasTensor:
    """All features side by side, float32[N, width], each by an encoder of its own: numbers as they are, categories one-hot or
    embedded, bags of ids as weighted sums, texts read and pictures seen as ``spec`` says.
    """
    weights = {weights_name(name) for name in features}
    parts = [
        _read(inputs[name], features, name, spec)
        if _is_in_order(one)
        else _part(inputs[name], inputs.get(weights_name(name)), one, spec)
        for name, one in features.items()
        if name not in weights
    ]
    return keras.layers.Concatenate()(parts) if len(parts) > 1 else parts[0]


def numbers(inputs: dict[str, keras.KerasTensor], features: Features, spec: Tabular) -> keras.KerasTensor | None:
    """All numbers (with their indicators) side by side, float32[N, width]; None where there is none."""
    chosen = {name: one for name, one in features.items() if isinstance(one.feature, Number) and not one.ids}
    parts = [_part(inputs[name], None, one, spec) for name, one in chosen.items()]
    return keras.layers.Concatenate()(parts) if len(parts) > 1 else next(iter(parts), None)


def _part(
    tensor: keras.KerasTensor, weights: keras.KerasTensor | None, one: Encoded, spec: Tabular
) -> keras.KerasTensor:
    """One feature as float32[N, width], by what its tensor is and not by its kind."""
    if one.ids and one.shape:
        return BagOfIds(one.ids, _width(one.ids))(tensor, weights)
    if one.ids:
        if one.ids <= spec.embed_above:
            return keras.ops.one_hot(tensor, one.ids)
        return keras.layers.Embedding(one.ids, _width(one.ids))(tensor)
    match len(one.shape):
        case 0:
            return keras.layers.Reshape((1,))(tensor)
        case 1:
            return tensor
        case 3:
            return seen(tensor, spec.filters, spec)
    return keras.layers.Flatten()(tensor)


def _is_in_order(one: Encoded) -> bool:
    """Whether its ids are words in their order."""
    return isinstance(one.feature, Text) and one.feature.encoding == "ids"


def _read(words: keras.KerasTensor, features: Features, name: str, spec: Tabular) -> keras.KerasTensor:
    """A text of ids in their order as float32[N, width]."""
    found = vectors(words, features, name, _width(features[name].ids), masked=spec.reader != "conv")
    match spec.reader:
        case "conv":
            return convolved(words, found, _READ_WIDTH, _KERNEL, spec)
        case "gru":
            return recurrent(found, _READ_WIDTH, spec)
    return MaskedMean()(found)


def _width(ids: int) -> int:
    """Embedding width: twice the fourth root of the ids (TensorFlow's "Introducing Feature Columns", 2017, has it once)."""
    return max(2, round(2 * ids**0.25))
