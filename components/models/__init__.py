"""Keras models. Each module has ``build(spec, description, transform_output) -> keras.Model``."""
