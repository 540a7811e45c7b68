"""The functions that the workers have: import paths by name. The server reads this, so nothing here imports Keras."""

_GRAPHS = "studio.keras_worker.graphs"
GRAPHS: dict[str, str] = {
    **{name: f"{_GRAPHS}:{name}" for name in ("palette", "check", "write_json", "write_python", "read")},
    "draw": "studio.keras_worker.versions:draw",
}
"""Of the worker that knows graphs."""

WARM_UP = f"{_GRAPHS}:warm_up"
"""What that worker does before it is ready."""

EXPLAIN: dict[str, str] = {"explain": "studio.keras_worker.explaining:explain"}
"""Of the worker that explains answers."""
