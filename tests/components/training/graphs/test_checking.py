"""The check of drawings: shapes and counts as Keras has them, and each mistake named where it is."""

import copy

import keras
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components.training.graphs.checking import check
from components.training.graphs.palette import palette
from studio.messages.graphs import Graph, GraphReport
from tests.components.training.graphs.drawings import chain, edge, graph, inputs, node

_CNN = (
    node("convolution", "Conv2D", {"filters": 8, "kernel_size": 3, "activation": "relu"}),
    node("pooling", "MaxPooling2D"),
    node("norm", "BatchNormalization"),
    node("flat", "Flatten"),
    node("probabilities", "Dense", {"units": 10, "activation": "softmax"}),
)
_DATASET = {
    "name": "people",
    "inputs": [
        {"name": "Age", "input_name": "input_0_Age", "kind": "number", "shape": [], "dtype": "float32", "ids": 0},
        {
            "name": "Home town",
            "input_name": "input_1_Home_town",
            "kind": "category",
            "shape": [],
            "dtype": "int64",
            "ids": 9,
        },
    ],
    "task": {"output": {"layer": "Dense", "name": "probability", "config": {"units": 1, "activation": "sigmoid"}}},
}


def _report(drawing, **options) -> GraphReport:
    """The report, through both messages: whatever the check says has their form."""
    return GraphReport.model_validate(check(Graph.model_validate(drawing).model_dump(), **options))


def _problem(drawing, kind: str, **options):
    (found,) = [one for one in _report(drawing, **options).problems if one.kind == kind]
    return found


def _fixed(drawing, fix):
    """The drawing after a fix, as the page makes it."""
    drawing = copy.deepcopy(drawing)
    nodes, edges = drawing["nodes"], drawing["edges"]
    if fix.action == "insert":
        (old,) = [one for one in edges if one["id"] == fix.edge]
        nodes.append(node("inserted", fix.layer, fix.config))
        edges.remove(old)
        edges += [
            edge(old["source"], "inserted", output=old.get("output", 0)),
            {**old, "source": "inserted", "output": 0},
        ]
    for one in nodes:
        if one["id"] == fix.node and fix.action == "set":
            one["config"] = one["config"] | {fix.field: fix.value}
        elif one["id"] == fix.node and fix.action == "rename":
            one["name"] = fix.value
    if fix.action == "remove_edge":
        edges[:] = [one for one in edges if one["id"] != fix.edge]
    if fix.action == "remove_node":
        nodes[:] = [one for one in nodes if one["id"] != fix.node]
    return drawing


def test_shapes_and_counts_are_those_of_the_built_model():
    report = _report(chain(inputs("in", 28, 28, 1), *_CNN))
    assert report.problems == []
    assert report.can_train
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Conv2D(8, 3, activation="relu")])
    for layer in (
        keras.layers.MaxPooling2D(),
        keras.layers.BatchNormalization(),
        keras.layers.Flatten(),
        keras.layers.Dense(10),
    ):
        model.add(layer)
    assert report.parameters == model.count_params()
    assert report.trainable == sum(int(keras.ops.size(one)) for one in model.trainable_weights)
    assert [one.parameters for one in report.nodes] == [0, *(layer.count_params() for layer in model.layers)]
    assert [tuple(one.outputs[0].shape) for one in report.nodes[1:]] == [layer.output.shape for layer in model.layers]


def test_memory_counts_weights_gradients_optimizer_and_activations():
    report = _report(chain(inputs("in", 10), node("out", "Dense", {"units": 5})), batch_size=8)
    weights = 10 * 5 + 5
    assert report.memory_bytes == 4 * (weights * 4 + 8 * (10 + 5))


def test_a_layer_of_a_hundred_billion_weights_is_counted_and_takes_no_memory():
    drawing = chain(inputs("in", 100_000), node("wide", "Dense", {"units": 1_000_000}))
    assert _report(drawing).parameters == 100_001_000_000
    limit = _problem(drawing, "limit", max_parameters=1_000_000)
    assert "100,001,000,000" in limit.message
    assert limit.nodes == ["wide"]


def test_sizes_beyond_any_memory_are_told():
    drawing = chain(inputs("in", 9, 9), node("wide", "Dense", {"units": 10**4000}), node("flat", "Flatten"))
    assert "larger than any memory" in _problem(drawing, "shape").message
    drawing = chain(inputs("in", 10**14), node("wide", "Dense", {"units": 10**14}))
    assert _report(drawing).parameters == 10**15


def test_more_nodes_than_allowed_are_not_looked_at():
    report = _report(chain(inputs("in", 4), *(node(f"d{n}", "Dense", {"units": 4}) for n in range(20))), max_nodes=10)
    assert [one.kind for one in report.problems] == ["limit"]
    assert len(report.nodes) == 21


@pytest.mark.parametrize(
    ("drawing", "message", "label"),
    [
        (
            chain(inputs(), node("d", "Dense", {"units": 3})),
            "Dense needs at least 2 dimensions, got (None,)",
            "Insert Reshape",
        ),
        (
            chain(inputs("in", 8, 8), *_CNN),
            "Conv2D needs at least 4 dimensions, got (None, 8, 8)",
            "Insert Reshape to (8, 8, 1) before it",
        ),
        (
            chain(inputs("in", 9, 2), node("a", "LSTM", {"units": 3}), node("b", "GRU", {"units": 3})),
            "GRU needs 3 dimensions, got (None, 3)",
            "return sequences",
        ),
        (
            chain(inputs("in", 2, 2, 1), node("c", "Conv2D", {"filters": 2, "kernel_size": 3})),
            "Conv2D does not fit into (None, 2, 2, 1): its window is larger than what is left",
            "Set padding to same",
        ),
        (
            chain(inputs("in", 4, 4), node("r", "RepeatVector", {"n": 3})),
            "RepeatVector needs 2 dimensions, got (None, 4, 4)",
            "Insert Flatten before it",
        ),
        (
            graph(
                [inputs("a", 4), inputs("b", 2, 2), node("c", "Concatenate")], [edge("a", "c"), edge("b", "c", order=1)]
            ),
            "Concatenate needs shapes that differ in its axis alone, got (None, 4) and (None, 2, 2)",
            "Insert Flatten before it",
        ),
    ],
)
def test_a_wrong_shape_is_told_in_plain_words_and_its_fix_mends_it(drawing, message, label):
    problem = _problem(drawing, "shape")
    assert problem.message == message
    assert label in problem.fix.label
    mended = _report(_fixed(drawing, problem.fix))
    assert mended.can_train, mended.problems


@pytest.mark.parametrize(
    ("layer", "config", "shape", "message"),
    [
        ("Reshape", {"target_shape": [10, 10]}, (784,), "Reshape cannot make (10, 10) of (784,)"),
        ("BatchNormalization", {"axis": 5}, (4,), "BatchNormalization has an axis that (None, 4) does not have"),
        ("Dense", {"units": 3}, (None,), "Dense needs a known size for its weights, got (None, None)"),
        ("GroupNormalization", {}, (4, 5), "GroupNormalization: Number of groups (32) cannot be more"),
    ],
)
def test_other_shapes_that_do_not_fit(layer, config, shape, message):
    problem = _problem(chain(inputs("in", *shape), node("n", layer, config)), "shape")
    assert problem.message.startswith(message)
    assert problem.nodes == ["n"]


def test_an_argument_that_is_wrong_is_named_on_its_node_even_where_nothing_is_connected():
    report = _report(graph([node("d", "Dense", {"units": -1})], []))
    (problem,) = [one for one in report.problems if one.kind == "layer"]
    assert (problem.nodes, problem.field) == (["d"], "units")


@pytest.mark.parametrize("layer", ["Lambda", "TFSMLayer", "Nothing", "OneHot", "ops.Nothing", ""])
def test_a_layer_that_is_not_offered_is_a_problem_of_its_node(layer):
    problem = _problem(chain(inputs("in", 4), node("n", layer)), "layer")
    assert problem.nodes == ["n"]


def test_a_layer_that_would_have_to_see_the_data_first_is_told():
    problem = _problem(chain(inputs("in", 4, dtype="string"), node("n", "StringLookup")), "layer")
    assert problem.field == "vocabulary"
    assert _report(chain(inputs("in", 4, dtype="string"), node("n", "StringLookup", {"vocabulary": ["a"]}))).can_train


def test_cycles_dangling_edges_duplicate_names_and_orphans_are_named():
    drawing = graph(
        [
            inputs("in", 4),
            node("a", "Add"),
            node("b", "Dense", {"units": 4}),
            {**node("c", "Dense", {"units": 1}), "name": "b"},
        ],
        [edge("in", "a"), edge("a", "b"), edge("b", "a", order=1), edge("gone", "c"), edge("in", "c")],
    )
    found = {one.kind: one for one in _report(drawing).problems}
    assert set(found["cycle"].nodes) == {"a", "b"}
    assert "a → b → a" in found["cycle"].message or "b → a → b" in found["cycle"].message
    assert found["dangling_edge"].nodes == ["c"]
    assert "'gone'" in found["dangling_edge"].message
    assert found["duplicate_name"].nodes == ["b", "c"]
    assert "orphan" not in found  # what stands in a cycle leads nowhere because of it
    for kind in ("cycle", "dangling_edge", "duplicate_name"):
        mended = _report(_fixed(drawing, found[kind].fix))
        assert kind not in {one.kind for one in mended.problems}


def test_of_layers_that_lead_nowhere_the_last_one_is_named():
    drawing = chain(inputs("in", 4), node("out", "Dense", {"units": 1}))
    drawing["nodes"][1]["outputs"] = [0]
    drawing["nodes"] += [node(name, "Dense", {"units": 2}) for name in ("a", "b", "c")]
    drawing["edges"] += [edge("in", "a"), edge("a", "b"), edge("b", "c")]
    (found,) = _report(drawing).problems
    assert (found.kind, found.nodes, found.severity) == ("orphan", ["c"], "warning")
    assert found.message == "Dense 'c' leads to no output and is left out, with the 2 before it"
    drawing["edges"].pop()
    assert [one.nodes for one in _report(_fixed(drawing, found.fix)).problems] == [["b"]]
    drawing["edges"].append(edge("b", "gone"))
    assert [(one.kind, one.nodes) for one in _report(_fixed(drawing, found.fix)).problems] == [("dangling_edge", ["b"])]


def test_missing_inputs_are_named():
    attention = node("m", "MultiHeadAttention", {"num_heads": 2, "key_dim": 3})
    half = graph([inputs("in", 4, 5), attention], [edge("in", "m", "query")])
    assert "value" in _problem(half, "missing_input").message
    assert (
        "nothing is connected"
        in _problem(graph([inputs("in", 4), node("d", "Dense", {"units": 1})], []), "missing_input").message
    )
    whole = graph([inputs("in", 4, 5), attention], [edge("in", "m", "query"), edge("in", "m", "value")])
    assert _report(whole).can_train


def test_an_argument_that_takes_one_tensor_gets_no_two():
    two = graph(
        [inputs("a", 4), inputs("b", 4), node("d", "Dense", {"units": 1})], [edge("a", "d"), edge("b", "d", order=1)]
    )
    assert "2 are connected" in _problem(two, "shape").message


def test_a_tensor_that_a_layer_does_not_give_or_take_is_a_dangling_edge():
    states = node("l", "LSTM", {"units": 3, "return_state": True})
    drawing = graph([inputs("in", 4, 5), states, node("d", "Dense", {"units": 1})], [edge("in", "l", "sequences")])
    drawing["edges"].append(edge("l", "d", output=2))
    assert _report(drawing).can_train
    drawing["edges"][-1]["output"] = 3
    assert "3 outputs" in _problem(drawing, "dangling_edge").message
    drawing["edges"][-1] = edge("l", "d", "query")
    assert "it takes inputs" in _problem(drawing, "dangling_edge").message


def test_a_shared_layer_counts_once_and_takes_one_size():
    drawing = graph(
        [
            inputs("a", 4),
            inputs("b", 4),
            node("d", "Dense", {"units": 3}),
            node("again", "", shares="d"),
            node("s", "Subtract"),
        ],
        [edge("a", "d"), edge("b", "again"), edge("d", "s"), edge("again", "s", order=1)],
    )
    report = _report(drawing)
    assert report.can_train
    assert report.parameters == 4 * 3 + 3
    assert {one.id: one.parameters for one in report.nodes}["again"] == 0
    drawing["nodes"][1] = inputs("b", 5)
    assert "a shared layer takes one size alone" in _problem(drawing, "shape").message


def test_nested_models_are_looked_into():
    inner = graph([inputs("left", 4), inputs("right", 4), node("add", "Add"), node("d", "Dense", {"units": 3})], [])
    inner["edges"] = [edge("left", "add"), edge("right", "add", order=1), edge("add", "d")]
    outer = graph([inputs("a", 4), node("m", "Model", graph=inner), node("o", "Dense", {"units": 1})], [])
    outer["edges"] = [edge("a", "m"), edge("a", "m", order=1), edge("m", "o")]
    report = _report(outer)
    assert report.can_train
    assert report.parameters == 4 * 3 + 3 + 3 + 1
    outer["nodes"][1]["config"] = {"trainable": False}
    assert _report(outer).trainable == 4
    assert "2 inputs, and 1 are connected" in _problem({**outer, "edges": outer["edges"][1:]}, "missing_input").message
    inner["nodes"][3]["config"] = {}
    assert _problem(outer, "layer").message == "in m: Dense needs a value for units"
    deep = inner
    for _ in range(15):
        deep = graph([node("m", "Model", graph=deep)], [])
    assert _problem(deep, "limit").message


def test_operations_of_imported_models():
    drawing = graph([inputs("in", dtype="int64"), node("o", "ops.OneHot", {"num_classes": 5})], [edge("in", "o", "x")])
    report = _report(drawing)
    assert report.can_train
    assert report.nodes[1].outputs[0].shape == [None, 5]


def _people(*nodes, edges):
    town = inputs("input_3_Home_town", dtype="int64")
    return copy.deepcopy(graph([inputs("input_0_Age"), town, *nodes], edges))


_AGE = node("r", "Reshape", {"target_shape": [1]})
_EMBEDDING = node("e", "Embedding", {"input_dim": 9, "output_dim": 2})
_EDGES = [
    edge("input_0_Age", "r"),
    edge("input_3_Home_town", "e"),
    edge("r", "c"),
    edge("e", "c", order=1),
    edge("c", "out"),
]
_OUT = {"units": 1, "activation": "sigmoid"}


def test_a_graph_that_fits_its_dataset():
    drawing = _people(_AGE, _EMBEDDING, node("c", "Concatenate"), node("out", "Dense", _OUT), edges=_EDGES)
    report = _report(drawing, dataset=_DATASET)
    assert report.problems == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"e": {"input_dim": 8}}, "Embedding has input_dim 8, and Home town has 9 ids, 0 to 8"),
        ({"out": {"units": 2}}, "Dense 'out' gives (None, 2); people needs (None, 1)"),
        ({"out": {"activation": "relu"}}, "Dense 'out' has the activation relu; people needs sigmoid"),
        ({"input_3_Home_town": {"dtype": "float32"}}, "Home town has the dtype int64, and this input float32"),
    ],
)
def test_what_does_not_fit_the_dataset_is_named_and_its_fix_mends_it(change, message):
    drawing = _people(_AGE, _EMBEDDING, node("c", "Concatenate"), node("out", "Dense", _OUT), edges=_EDGES)
    for one in drawing["nodes"]:
        one["config"] = one["config"] | change.get(one["id"], {})
    problem = _problem(drawing, "dataset", dataset=_DATASET)
    assert problem.message == message
    assert _report(_fixed(drawing, problem.fix), dataset=_DATASET).problems == []


def test_ids_that_a_dense_layer_reads_get_an_embedding():
    drawing = graph([inputs("Home_town", dtype="int64"), node("out", "Dense", _OUT)], [edge("Home_town", "out")])
    problems = _report(drawing, dataset=_DATASET).problems
    (fix,) = [one.fix for one in problems if one.fix]
    assert fix.layer == "Embedding"
    assert fix.config["input_dim"] == 9
    assert _report(_fixed(drawing, fix), dataset=_DATASET).can_train
    assert "does not read Age" in " ".join(one.message for one in problems)


def test_unknown_inputs_and_several_outputs():
    drawing = graph([inputs("other"), _AGE, node("out", "Dense", _OUT), node("more", "Dense", _OUT)], [])
    drawing["edges"] = [edge("other", "r"), edge("r", "out"), edge("r", "more")]
    messages = [one.message for one in _report(drawing, dataset=_DATASET).problems if one.severity == "error"]
    assert "people has no input 'other'; it has input_0_Age, input_1_Home_town" in messages
    assert "people takes one output, and the model has 2: out, more" in messages


@pytest.mark.parametrize(
    ("ends", "has"),
    [
        ([node("out", "LSTM", {"units": 1})], "tanh"),
        ([node("d", "Dense", {"units": 1}), node("out", "Softmax")], "softmax"),
        ([node("d", "Dense", {"units": 1}), node("out", "Activation", {"activation": "sigmoid"})], None),
        ([node("out", "Model", graph=chain(inputs("i", 3, 2), node("f", "Flatten"), node("d", "Dense", _OUT)))], None),
        (
            [
                node(
                    "out",
                    "Model",
                    graph=chain(inputs("i", 3, 2), node("f", "Flatten"), node("d", "Dense", {"units": 1})),
                )
            ],
            "linear",
        ),
    ],
)
def test_the_activation_of_the_output_is_found_where_it_comes_from(ends, has):
    dataset = {**_DATASET, "inputs": [{**_DATASET["inputs"][0], "shape": [3, 2], "input_name": "in"}]}
    flat = [] if ends[0]["layer"] in ("LSTM", "Model") else [node("f", "Flatten")]
    report = _report(chain(inputs("in", 3, 2), *flat, *ends), dataset=dataset)
    messages = [one.message for one in report.problems]
    assert ([f"has the activation {has}; people needs sigmoid" in one for one in messages] or [None]) == [
        True if has else None
    ]


_NAMES = [layer["name"] for layer in palette()["layers"]]
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 40)
    | st.floats(-2, 2)
    | st.sampled_from(["relu", "same", "", "x", "float32", "Dense"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["class_name", "config", "a"]), inner, max_size=2)
    ),
    max_leaves=4,
)


@st.composite
def _wrong(draw, depth=0):
    """Any drawing at all: layers that are there with arguments that they may have, and edges between them."""
    nodes, ids = [], [f"n{number}" for number in range(draw(st.integers(0, 5)))]
    for id in ids:
        name = draw(
            st.sampled_from([*_NAMES, "Lambda", "ops.Add", "ops.GetItem", "OneHot", "Model", "", "InputLayer", "Dense"])
        )
        arguments = next((one["arguments"] for one in palette()["layers"] if one["name"] == name), [])
        config = {
            one["name"]: draw(_VALUES) for one in arguments if one.get("required") or draw(st.integers(0, 9)) == 0
        }
        more = {"graph": draw(_wrong(depth + 1))} if name == "Model" and depth < 2 else {}
        more["shares"] = draw(st.sampled_from([None] * 9 + [*ids, "gone"]))
        more["outputs"] = draw(st.lists(st.integers(-1, 2), max_size=1))
        more["call"] = draw(st.dictionaries(st.sampled_from(["training", "mask", "key"]), _VALUES, max_size=1))
        if name == "InputLayer" and draw(st.booleans()):
            config = {"batch_shape": [None, *draw(st.lists(st.integers(1, 6), max_size=4))]}
        nodes.append(
            {
                **node(draw(st.sampled_from([id] * 9 + ["n0"])), name, config, **more),
                "name": draw(st.sampled_from([id, id, "same", ""])),
            }
        )
    ends = st.sampled_from([*ids, "gone"])
    names = st.sampled_from(["inputs", "inputs", "query", "sequences", "x", "data", "mask", "a"])
    edges = [
        edge(draw(ends), draw(ends), draw(names), output=draw(st.integers(0, 2)), order=number)
        for number in range(draw(st.integers(0, 6)))
    ]
    return graph(nodes, edges)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(_wrong())
def test_nothing_that_is_drawn_raises(drawing):
    for dataset in (None, _DATASET):
        report = _report(drawing, dataset=dataset)
        assert len(report.nodes) == len(drawing["nodes"])
        assert all("\n" not in one.message and one.message for one in report.problems)
