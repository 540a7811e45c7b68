"""A drawn graph as a dataset's model: what does not fit is refused with what is there and what is expected."""

import copy
import itertools
from typing import Any

import numpy as np
import pytest

from components.features.encoded import Features
from components.training import precision
from components.training.graphs import writing
from components.training.models import graph
from pipelines.page import catalog
from pipelines.page.resolution import with_domains
from schemas import codec, encoding
from schemas.errors import SpecError
from schemas.models import DrawnGraph, Graph

DIGITS = catalog.load("digits")
TITANIC = with_domains(catalog.load("titanic"))
IMDB = catalog.load("imdb")


def features_of(page: Any, learned: int = 20) -> Features:
    return Features(page.name, page.task, encoding.encoded(page.description, lambda _: learned))


def node(name: str, layer: str, **config: Any) -> dict[str, Any]:
    return {"id": name, "layer": layer, "name": name, "config": config}


def chain(*nodes: dict[str, Any]) -> dict[str, Any]:
    pairs = itertools.pairwise(nodes)
    edges = [
        {
            "id": f"{a['id']}>{b['id']}",
            "source": a["id"],
            "target": b["id"],
            "output": 0,
            "argument": "inputs",
            "order": 0,
        }
        for a, b in pairs
    ]
    return {"name": "model", "nodes": list(nodes), "edges": edges}


def digits(**output: Any) -> dict[str, Any]:
    return chain(
        node("input_0_image", "InputLayer", shape=[8, 8, 1]),
        node("flatten", "Flatten"),
        node("hidden", "Dense", units=4, activation="relu"),
        node("out", "Dense", **({"units": 10, "activation": "softmax"} | output)),
    )


def spec(drawn: dict[str, Any]) -> Graph:
    return Graph(writing.canonical(drawn))


def test_a_graph_becomes_the_model_of_the_dataset():
    features = features_of(DIGITS)
    made = graph.build(spec(digits()), features)
    assert made.name == "digits" and made.get_layer("hidden").units == 4
    answer = made({"image": np.zeros((3, 8, 8, 1), "float32")})
    assert answer.shape == (3, 10) and np.allclose(np.sum(answer, axis=1), 1)


def test_in_mixed_precision_the_layers_compute_so_and_the_answer_is_float32():
    features = features_of(DIGITS)
    with precision.policy("mixed_bfloat16"):
        made = graph.build(spec(digits()), features)
        asked = graph.build(spec(digits(dtype="mixed_bfloat16")), features)
    assert made.get_layer("hidden").compute_dtype == "bfloat16"
    assert made.get_layer("out").compute_dtype == "float32"
    assert asked.get_layer("out").compute_dtype == "bfloat16" and asked.outputs[0].dtype == "float32"


def test_tensors_that_it_does_not_read_are_told_and_taken():
    drawn = chain(
        node("input_1_Fare", "InputLayer", shape=[]),
        node("reshape", "Reshape", target_shape=[1]),
        node("out", "Dense", units=1, activation="sigmoid"),
    )
    unread = graph.check(spec(drawn), TITANIC.description)
    assert set(unread) == TITANIC.features.keys() - {"Fare"}
    made = graph.build(spec(drawn), features := features_of(TITANIC))
    rows = {name: np.zeros((2, *one.shape), one.dtype) for name, one in features.items()}
    assert made(rows).shape == (2, 1)


@pytest.mark.parametrize("name", ["input_7_Fare", "Fare"])
def test_an_input_is_found_by_its_name_where_its_number_is_another(name):
    drawn = chain(
        node(name, "InputLayer", shape=[]),
        node("reshape", "Reshape", target_shape=[1]),
        node("out", "Dense", units=1, activation="sigmoid"),
    )
    assert "Fare" not in graph.check(spec(drawn), TITANIC.description)


def changed(**more: Any) -> dict[str, Any]:
    """The graph of digits, with other arguments of a node by its name."""
    drawn = copy.deepcopy(digits())
    for one in drawn["nodes"]:
        one["config"] |= more.get(one["name"], {})
    return drawn


def renamed(name: str) -> dict[str, Any]:
    drawn = digits()
    drawn["nodes"][0]["name"] = name
    return drawn


def with_two_outputs() -> dict[str, Any]:
    drawn = digits()
    drawn["nodes"][2]["outputs"] = drawn["nodes"][3]["outputs"] = [0]
    return drawn


@pytest.mark.parametrize(
    ("drawn", "words"),
    [
        (renamed("input_0_picture"), "input 'input_0_picture' is none of digits; its inputs are input_0_image"),
        (
            changed(input_0_image={"shape": [28, 28, 1]}),
            r"float32\[N, 28, 28, 1\]; 'image' of digits is float32\[N, 8, 8",
        ),
        (changed(input_0_image={"dtype": "int32"}), r"int32\[N, 8, 8, 1\]; 'image' of digits is float32"),
        (changed(out={"units": 9}), r"output 'out' has shape \[N, 9\]; Dense\(10, activation='softmax'\) is expected"),
        (changed(out={"activation": "sigmoid"}), "'out' is Dense with activation sigmoid; Dense"),
        (changed(out={"activation": "linear"}), "'out' is Dense with activation linear; Dense"),
        (with_two_outputs(), r"2 outputs \(hidden, out\); digits asks for one"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_is_and_what_is_expected(drawn, words):
    for attempt in (
        lambda: graph.build(spec(drawn), features_of(DIGITS)),
        lambda: graph.check(spec(drawn), DIGITS.description),
    ):
        with pytest.raises(SpecError, match=words) as error:
            attempt()
        assert "\n" not in str(error.value)


def test_layers_that_do_not_fit_together_are_refused_in_one_line():
    drawn = digits()
    drawn["nodes"][1] = node("flatten", "LSTM", units=3)
    drawn["edges"][0]["argument"] = "sequences"
    with pytest.raises(SpecError, match="digits: the graph is no Keras model") as error:
        graph.check(spec(drawn), DIGITS.description)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("layers", [("Softmax",), ("Activation",)])
def test_the_activation_may_be_a_layer_of_its_own(layers):
    drawn = digits(activation="linear")
    last = node("last", layers[0], **({"activation": "softmax"} if layers == ("Activation",) else {}))
    drawn["nodes"].append(last)
    drawn["edges"].append({"id": "x", "source": "out", "target": "last", "output": 0, "argument": "inputs", "order": 0})
    assert graph.check(spec(drawn), DIGITS.description) == ()


def test_ids_beyond_a_table_of_embeddings_are_refused_once_they_are_known():
    drawn = chain(
        node("input_0_text", "InputLayer", shape=[500], dtype="int64"),
        node("words", "Embedding", input_dim=15, output_dim=2),
        node("mean", "GlobalAveragePooling1D"),
        node("out", "Dense", units=1, activation="sigmoid"),
    )
    graph.check(spec(drawn), IMDB.description)
    with pytest.raises(
        SpecError, match="'words' has input_dim=15, and 'input_0_text' has ids up to 20; set input_dim to 21"
    ):
        graph.build(spec(drawn), features_of(IMDB))


def test_a_layer_of_any_size_is_checked_without_its_memory():
    drawn = digits()
    drawn["nodes"][2]["config"]["units"] = 1_000_000_000
    assert graph.check(spec(drawn), DIGITS.description) == ()


def test_a_card_has_a_line_for_each_layer_and_codec_knows_both():
    one = spec(digits())
    assert codec.loads(codec.dumps(one)) == one and not list(one.problems())
    declared = one.declared
    assert isinstance(declared, DrawnGraph) and codec.loads(codec.dumps(declared)) == declared
    assert declared.layers["hidden"] == "Dense(activation='relu', units=4)"
    assert list(Graph("no JSON").problems())
