"""The last layer of a model, its loss and its metrics: they follow from the task."""

import keras

from schemas.tasks import BinaryClassification, Classification, Task

# Steps that run in one call from Python: small steps take less time than the call does.
_STEPS_PER_EXECUTION = 16


def output_layer(task: Task) -> keras.layers.Layer:
    """A sigmoid for two classes, a softmax for more, a linear unit for a number."""
    if isinstance(task, BinaryClassification):
        return keras.layers.Dense(1, activation="sigmoid", name="probability")
    if isinstance(task, Classification):
        return keras.layers.Dense(len(task.classes), activation="softmax", name="probabilities")
    return keras.layers.Dense(1, name="value")


def compile_for(model: keras.Model, task: Task, learning_rate: float) -> None:
    """Compiles with Adam and the task's loss; the metric shown by epoch is the task's primary one where Keras has it."""
    if isinstance(task, BinaryClassification):
        loss, metrics = "binary_crossentropy", [keras.metrics.BinaryAccuracy(name="accuracy")]
    elif isinstance(task, Classification):
        loss, metrics = "sparse_categorical_crossentropy", [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]
    else:
        loss, metrics = "mean_squared_error", [keras.metrics.RootMeanSquaredError(name="rmse")]
    optimizer = keras.optimizers.Adam(learning_rate)
    model.compile(optimizer, loss, metrics=metrics, steps_per_execution=_STEPS_PER_EXECUTION, jit_compile=False)
