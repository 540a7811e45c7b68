"""Keras models. Each module has ``build(spec, features) -> keras.Model``, which leaves the model uncompiled."""
