"""Which words and word groups a text has, in whatever order: a linear model, or dense layers over them.

For the sentiment or the topic of a long text this is hard to beat with a few ten thousand examples (Wang and Manning, 2012).
"""

import keras

from components.features.encoded import Features
from components.training.models.layers import BagOfIds, activated, dense, penalty
from schemas.models import NGrams


def build(spec: NGrams, features: Features) -> keras.Model:
    """A functional model; inputs are int64[N, length], 0 for padding, and of TF-IDF float32[N, length] weights."""
    inputs = features.inputs()
    (ids, *weights) = inputs.values()
    (one, *_) = features.values()
    output = features.output()
    width = spec.hidden[0] if spec.hidden else output.units
    scores = BagOfIds(one.ids, width, spec.input_dropout, penalty(spec))(ids, *weights)
    if not spec.hidden:
        return keras.Model(
            inputs, keras.layers.Activation(output.activation, dtype="float32")(scores), name=features.name
        )
    hidden = keras.layers.Dropout(spec.dropout)(activated(scores, spec))
    for width in spec.hidden[1:]:
        hidden = dense(hidden, width, spec)
    return keras.Model(inputs, output(hidden), name=features.name)
