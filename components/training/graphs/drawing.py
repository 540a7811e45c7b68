"""A dataset's Keras model as a drawing, in which what the dataset fixes is locked."""

import json

import keras

from components.training.graphs import reading
from schemas import encoding, graphs
from schemas.description import Description
from schemas.graphs import GraphDict


def of_model(model: keras.Model, description: Description) -> GraphDict:
    """The drawing of a model that was built for a dataset.

    Raises:
      InputError: it has a layer that is not on the list, or is subclassed.
    """
    try:
        text = model.to_json()
    except NotImplementedError:  # a subclassed model without get_config
        text = json.dumps({"class_name": type(model).__name__, "config": {}})
    return of_json(text, description)


def of_json(text: str, description: Description) -> GraphDict:
    """The same, of Keras' JSON. Raises what ``of_model`` raises."""
    found = reading.graph(graphs.parse(text, f"the model of {description.name}"), description.name)
    _lock(found, description)
    return found


def _lock(graph: GraphDict, description: Description) -> None:
    """Locks the dataset's inputs and the output that its task asks for."""
    tensors = encoding.encoded(description, lambda _: 0)
    inputs = {encoding.input_name(number, name) for number, name in enumerate(tensors)}
    wanted = {key: value for key, value in description.task.output.items() if key not in ("name", "dtype")}
    for node in graph["nodes"]:
        own = node.get("config", {})
        is_output = bool(node.get("outputs")) and node["layer"] == "Dense"
        if is_output and all(own.get(key) == value for key, value in wanted.items()):
            node["locked"], node["config"] = True, own | {"dtype": description.task.output["dtype"]}
        elif node["layer"] == "InputLayer" and node["name"] in inputs:
            node["locked"] = True
