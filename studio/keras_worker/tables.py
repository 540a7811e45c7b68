"""The functions that the workers have: import paths by name. The server reads this, so nothing here imports Keras."""

GRAPHS: dict[str, str] = {}
"""Of the worker that knows graphs."""

EXPLAIN: dict[str, str] = {"explain": "studio.keras_worker.explaining:explain"}
"""Of the worker that explains answers."""
