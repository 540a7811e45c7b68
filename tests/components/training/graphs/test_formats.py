"""Drawings, Keras' JSON and Keras models are one another's inverse; a file runs no code."""

import copy
import io
import json
import zipfile
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from components.features import derived
from components.features.encoded import Features
from components.training.graphs import drawing, order, python, reading, writing
from pipelines.page import catalog
from pipelines.page.resolution import with_domains
from schemas import encoding, graphs
from schemas.errors import InputError
from studio.messages.graphs import Graph as Message
from tests.components.training.graphs.random_drawings import drawings

PACKAGE = [row.name for row in catalog.rows() if not row.is_outside]
SLOW = settings(
    max_examples=25,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a failure is not made smaller, which takes minutes
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def normal(graph: dict[str, Any]) -> Any:
    """A drawing with nodes by layer and call, in no order: what has to survive."""
    calls: dict[str, int] = {}
    keys = {}
    for node in order.in_order(graph):
        number = calls[node["name"]] = calls.get(node["name"], -1) + 1
        keys[node["id"]] = f"{node['name']}#{number}"
    by_id = {node["id"]: node for node in graph["nodes"]}
    nodes = {}
    for node in graph["nodes"]:
        owner = by_id[node.get("shares") or node["id"]]  # any of the calls may be the one that has the layer
        own = {key: node.get(key) or default for key, default in (("call", {}), ("outputs", []))}
        nested = owner.get("graph")
        more = {"graph": normal(nested) if nested else None, "position": node["position"], "config": owner["config"]}
        nodes[keys[node["id"]]] = own | more | {"layer": owner["layer"]}
    edges = {(keys[e["source"]], e["output"], keys[e["target"]], e["argument"], e["order"]) for e in graph["edges"]}
    ends = [(keys[node["id"]], index) for node in graph["nodes"] for index in node.get("outputs") or ()]
    inputs = [keys[node["id"]] for node in graph["nodes"] if node["layer"] == "InputLayer"]
    return nodes, edges, ends, inputs


def by_path(model: keras.Model) -> dict[str, list[Any]]:
    """The variables; a layer of a nested model and one outside of it may have one path."""
    # Without the name of a Sequential model, which is part of its layers' paths.
    own = f"{model.name}/" if isinstance(model, keras.Sequential) else ""
    found: dict[str, list[Any]] = {}
    for one in model.variables:
        if "seed_generator" not in one.path:
            found.setdefault(one.path.removeprefix(own), []).append(one)
    return found


def same_function(one: keras.Model, other: keras.Model, inputs: Any, in_a_list: bool = False) -> None:
    """With the weights of one, the other gives the same answers; ``in_a_list`` has it take its inputs so."""
    ours, theirs = by_path(one), by_path(other)
    assert ours.keys() == theirs.keys()
    for path, variables in ours.items():
        for variable, other_one in zip(variables, theirs[path], strict=True):
            variable.assign(np.random.default_rng(7).normal(size=variable.shape))
            other_one.assign(variable)
    listed = list(inputs.values()) if in_a_list else inputs
    before = keras.tree.flatten(one(inputs, training=False))
    after = keras.tree.flatten(other(listed, training=False))
    for a, b in zip(before, after, strict=True):
        np.testing.assert_array_equal(np.asarray(a), np.asarray(b))


@SLOW
@given(drawings())
def test_a_drawing_comes_back_from_its_file_as_it_was(drawn):
    before = copy.deepcopy(drawn)
    text = graphs.dumps(writing.file(drawn), indent=1)
    assert drawn == before  # what is given is left alone
    back = reading.graph(graphs.parse(text, "the file"))
    Message.model_validate(back)
    assert normal(back) == normal(drawn)
    assert writing.canonical(back) == writing.canonical(drawn)
    # Keras takes the file as it is, and what is drawn of Keras' own JSON of that model is the same model.
    model = keras.models.model_from_json(text)
    again = writing.model(writing.config(reading.graph(json.loads(model.to_json()))))
    rows = [np.random.default_rng(1).normal(size=(3, 4)).astype("float32") for _ in model.inputs]
    same_function(model, again, rows)


@pytest.mark.parametrize(
    ("layer", "config", "dtype"),
    [
        ("Rescaling", {"scale": 0.5}, "float32"),
        ("Rescaling", {"scale": 0.5, "offset": 1.0}, "float32"),
        ("CategoryEncoding", {"num_tokens": 3}, "int64"),
        ("Discretization", {"bin_boundaries": [0.0, 1.0]}, "float32"),
        ("Normalization", {"mean": 0.5, "variance": 2.0}, "float32"),
    ],
)
def test_what_a_layer_alone_asks_of_its_arguments_is_kept(layer, config, dtype):
    """Keras' reader of the first needs arguments that its constructor does not; the others need one of several."""
    drawn = drawing_of(**{layer: config})
    drawn["nodes"][0]["config"]["dtype"] = dtype
    text = graphs.dumps(writing.file(drawn))
    assert len(keras.models.model_from_json(text).layers) == 2
    back = reading.graph(graphs.parse(text, "the file"))
    assert back["nodes"][1]["config"] == config
    assert writing.canonical(back) == writing.canonical(drawn)


def test_two_equal_calls_of_a_layer_keep_their_places():
    """One is an output, the other feeds a layer; a file has outputs last, however they were drawn."""
    drawn = drawing_of(Dense={"units": 4}, Flatten={})
    drawn["nodes"].insert(2, {"id": "again", "layer": "Dense", "name": "dense", "config": {}, "shares": "Dense"})
    drawn["edges"][1]["source"] = "again"
    drawn["edges"].append({"id": "x", "source": "i", "target": "again", "output": 0, "argument": "inputs"})
    for place in (1, 3):
        drawn["nodes"][place]["outputs"] = [0]
    assert writing.canonical(reading.graph(writing.file(drawn))) == writing.canonical(drawn)


def test_a_call_that_leads_nowhere_is_written_though_its_layer_is_used():
    drawn = drawing_of(Dense={"units": 4})
    drawn["nodes"][1]["outputs"] = [0]
    drawn["nodes"].append({"id": "astray", "layer": "Dense", "name": "astray", "config": {"units": 4}})
    drawn["nodes"].append({"id": "again", "layer": "Dense", "name": "dense", "config": {}, "shares": "Dense"})
    for number, (source, target) in enumerate([("i", "astray"), ("astray", "again")]):
        drawn["edges"].append(
            {"id": f"x{number}", "source": source, "target": target, "output": 0, "argument": "inputs"}
        )
    text = graphs.dumps(writing.file(drawn))
    assert keras.models.model_from_json(text).count_params() == 20
    assert len(reading.graph(graphs.parse(text, "the file"))["nodes"]) == 4


@SLOW
@given(drawings())
def test_the_python_of_a_drawing_makes_the_same_model(drawn):
    module: dict[str, Any] = {"__name__": "drawn"}
    exec(compile(python.source(drawn), "drawn.py", "exec"), module)
    made = module["build"]()
    rows = {name: np.random.default_rng(1).normal(size=(3, 4)).astype("float32") for name in made._inputs_struct}
    same_function(writing.model(writing.config(drawn)), made, list(rows.values()))


@pytest.fixture(scope="module", params=PACKAGE)
def built(request):
    """The model of a page, with vocabularies that nobody has learned."""
    page = with_domains(catalog.load(request.param))
    tensors = encoding.encoded(page.description, lambda _: 20)
    features = Features(page.name, page.task, tensors)
    return page, features, derived.load(page.model.builder)(page.model, features)


def rows_of(features: Features) -> dict[str, np.ndarray]:
    random = np.random.default_rng(1)
    return {
        name: random.integers(0, max(1, one.ids), (5, *one.shape))
        if one.dtype == "int64"
        else random.random((5, *one.shape)).astype("float32")
        for name, one in features.items()
    }


def test_every_pipelines_model_is_drawn_and_comes_back_as_the_same_function(built):
    page, features, model = built
    drawn = drawing.of_model(model, page.description)
    assert Message.model_validate(drawn).dataset == page.name
    inputs = {encoding.input_name(number, name) for number, name in enumerate(features)}
    assert inputs <= {node["name"] for node in drawn["nodes"] if node["locked"]}
    back = reading.graph(graphs.parse(graphs.dumps(writing.file(drawn)), "the file"))
    assert normal(back) == normal(drawn)
    assert [node["locked"] for node in sorted(back["nodes"], key=lambda node: node["id"])] == [
        node["locked"] for node in sorted(drawn["nodes"], key=lambda node: node["id"])
    ]
    same_function(model, writing.model(writing.config(back)), rows_of(features), in_a_list=True)


def test_every_pipelines_model_as_python_makes_the_same_function(built):
    page, features, model = built
    module: dict[str, Any] = {"__name__": "drawn"}
    exec(compile(python.source(drawing.of_model(model, page.description)), "drawn.py", "exec"), module)
    same_function(model, module["build"](features), rows_of(features))
    module["build"]()  # without a dataset it is a model, too


def test_what_does_not_make_another_model_is_not_in_the_canonical_text():
    drawn = drawing_of(Dense={"units": 3})
    text = writing.canonical(drawn)
    moved = copy.deepcopy(drawn)
    moved["name"] = "another"
    moved["nodes"].reverse()
    moved["nodes"][0]["position"] = {"x": 7, "y": 8}
    moved["nodes"][0]["config"] |= {"use_bias": True, "kernel_initializer": "glorot_uniform"}  # as by default
    moved["nodes"].append({"id": "unread", "layer": "InputLayer", "name": "unread", "config": {"shape": [2]}})
    moved["nodes"].append({"id": "astray", "layer": "Dense", "name": "astray", "config": {"units": 5}})
    moved["edges"].append({"id": "x", "source": "unread", "target": "astray", "output": 0, "argument": "inputs"})
    moved["nodes"][0]["outputs"] = [0]
    assert writing.canonical(moved) == text
    assert writing.canonical(drawing_of(Dense={"units": 4})) != text
    assert writing.canonical(drawing_of(Dense={"units": 3, "dtype": "float32"})) != text


def drawing_of(**layers: dict[str, Any]) -> dict[str, Any]:
    """An input of 4 numbers, and layers one after the other."""
    nodes: list[dict[str, Any]] = [{"id": "i", "layer": "InputLayer", "name": "i", "config": {"shape": [4]}}]
    edges = []
    for name, config in layers.items():
        edges.append({"id": name, "source": nodes[-1]["id"], "target": name, "output": 0, "argument": "inputs"})
        nodes.append({"id": name, "layer": name, "name": name.lower(), "config": config})
    return {"name": "model", "nodes": nodes, "edges": edges}


def model_json(layer: keras.layers.Layer) -> dict[str, Any]:
    inputs = keras.Input((4,))
    return json.loads(keras.Model(inputs, layer(inputs)).to_json())


def hostile(tmp_path) -> dict[str, Any]:
    mark = str(tmp_path / "executed")
    code = {"class_name": "__lambda__", "config": {"code": "AAAA", "defaults": None, "closure": None}}
    plain = model_json(keras.layers.Dense(1))

    def with_layer(**layer: Any) -> dict[str, Any]:
        found = copy.deepcopy(plain)
        found["config"]["layers"][1] |= layer
        return found

    def with_argument(value: Any) -> dict[str, Any]:
        found = copy.deepcopy(plain)
        found["config"]["layers"][1]["config"]["kernel_initializer"] = value
        return found

    nested = copy.deepcopy(plain)
    inner = with_layer(class_name="Lambda", config={"name": "dense", "function": code})
    nested["config"]["layers"][1] = inner | {"name": "dense", "inbound_nodes": []}
    call = {"module": "os", "class_name": "system", "config": {"command": f"touch {mark}"}, "registered_name": None}
    wrapped = with_layer(class_name="TimeDistributed", config={"name": "dense", "layer": call})
    calls = copy.deepcopy(plain)
    calls["config"]["layers"][1]["inbound_nodes"][0]["kwargs"] = {"training": call}
    return {
        "Lambda": with_layer(class_name="Lambda", config={"name": "dense", "function": code}),
        "nested Lambda": nested,
        "os.system": with_layer(**call),
        "builtins.eval": with_layer(module="builtins", class_name="eval", config={"source": f"open({mark!r}, 'w')"}),
        "wrapped call": wrapped,
        "an argument": with_argument(call),
        "a lambda in an argument": with_argument(code),
        "a function": with_argument({"module": "builtins", "class_name": "function", "config": "exec"}),
        "a call": calls,
        "a saved model": with_layer(class_name="TFSMLayer", config={"name": "dense", "filepath": mark}),
        "a base model": {**plain, "class_name": "Evil", "module": "pickle"},
    }


@pytest.mark.parametrize("kind", hostile(__import__("pathlib").Path("/nowhere")))
def test_a_hostile_file_is_refused_in_one_line_and_nothing_is_run(kind, tmp_path):
    config = graphs.parse(json.dumps(hostile(tmp_path)[kind]), "evil.json")
    with pytest.raises(InputError) as error:
        reading.graph(config)
    assert "\n" not in str(error.value) and len(str(error.value)) < 500
    with pytest.raises(InputError):
        writing.model(config)
    assert not list(tmp_path.iterdir())


def test_a_layer_of_a_file_is_not_built():
    """Else its weights, here four terabytes, would be made as the file is read."""
    shape = {"input_shape": [None, 1_000_000]}
    huge = {"module": "keras.layers", "class_name": "Dense", "config": {"name": "d", "units": 1_000_000}}
    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    config = model_json(keras.layers.RepeatVector(2))
    for wrapped in (
        huge | {"build_config": shape},
        json.loads(inner.to_json().replace('"units": 2', f'"units": {10**12}')),
    ):
        layer = {"class_name": "TimeDistributed", "config": {"name": "t", "layer": wrapped}, "build_config": shape}
        config["config"]["layers"][1] |= layer
        config["config"]["layers"][1]["config"]["name"] = config["config"]["layers"][1]["name"]
        assert [node["layer"] for node in reading.graph(config)["nodes"]] == ["InputLayer", "TimeDistributed"]


def archive(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members.items():
            made.writestr(name.replace("_", "."), data)
    return file.getvalue()


def test_of_a_keras_archive_the_config_alone_is_read(tmp_path):
    model = keras.models.model_from_json(json.dumps(model_json(keras.layers.Dense(3))))
    file = tmp_path / "model.keras"
    model.save(file)
    config = graphs.read(file)
    with file.open("rb") as opened:
        assert graphs.read_open(opened, "model.keras") == (config, True)
    same_function(model, writing.model(writing.config(reading.graph(config))), np.ones((2, 4), "float32"))
    # Weights that nobody could read make no difference.
    broken = archive(config_json=json.dumps(config).encode(), model_weights_h5=b"\0" * 10)
    assert graphs.read_open(io.BytesIO(broken), "broken") == (config, True)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (archive(config_json=b" " * (graphs.MOST_BYTES * 20)), "larger than"),
        (archive(other=b"{}"), "no config.json"),
        (archive(**{f"file_{number}": b"" for number in range(3000)}), "its list of files has"),
        (archive(config_json=b"{}")[:40], "cannot be unpacked"),
        (b" " * (graphs.MOST_BYTES + 1), "larger than"),
        (b"[" * 100_000, "deep"),
        (b'{"class_name": "Functional", "config": ' + b'{"a":' * 90 + b"1" + b"}" * 91, "deep"),
        (b'{"class_name": "Functional", "config": {"rate": NaN}}', "NaN is no number"),
        (b'{"class_name": "Functional", "config": {"rate": -Infinity}}', "-Infinity is no number"),
        (b"\xff\xfe", "not JSON"),
        (b"7", "no Keras model"),
        (b'{"config": {}}', "no Keras model"),
        (b'{"class_name": "Functional", "config": []}', "no Keras model"),
    ],
)
def test_a_file_that_is_no_graph_is_refused_in_one_line(data, words):
    with pytest.raises(InputError, match=words) as error:
        graphs.read_open(io.BytesIO(data), "file.json")
    assert "\n" not in str(error.value) and len(str(error.value)) < 400


@pytest.mark.parametrize(
    "config",
    [
        {"class_name": "Functional", "config": {}},
        {"class_name": "Functional", "config": {"layers": [], "input_layers": [], "output_layers": [["x", 0, 0]]}},
        {"class_name": "Functional", "config": {"layers": [{}], "input_layers": [], "output_layers": []}},
        {"class_name": "Functional", "config": {"layers": 3, "input_layers": {"a": 1}, "output_layers": "b"}},
        {"class_name": "Sequential", "config": {"layers": []}},
        {"class_name": "Dense", "config": {"units": 3}},
    ],
)
def test_a_model_that_is_not_complete_is_refused(config):
    with pytest.raises(InputError) as error:
        reading.graph(config)
    assert "\n" not in str(error.value)


def test_a_sequential_model_is_drawn_as_a_chain():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dropout(0.1)])
    drawn = reading.graph(json.loads(model.to_json()))
    assert [node["layer"] for node in drawn["nodes"]] == ["InputLayer", "Dense", "Dropout"]
    same_function(model, writing.model(writing.config(drawn)), np.ones((2, 4), "float32"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda g: g["edges"].append({"id": "back", "source": "Dropout", "target": "Dense"}), "cycle through dense"),
        (
            lambda g: g["edges"].append({"id": "loose", "source": "gone", "target": "Dense"}),
            "'gone', which is not there",
        ),
        (lambda g: g["nodes"][2].update(name="dense"), "two layers have the name 'dense'"),
        (lambda g: g["edges"][0].update(argument="nonsense"), "no argument 'nonsense'"),
        (lambda g: g["nodes"][1].update(layer="Lambda"), "Lambda"),
        (lambda g: g["nodes"][1].update(config={"units": -1}), "Dense"),
        (lambda g: g["nodes"].clear() or g["edges"].clear(), "no output"),
    ],
)
def test_a_drawing_that_is_not_complete_is_refused_in_one_line(change, words):
    drawn = drawing_of(Dense={"units": 3}, Dropout={"rate": 0.5})
    change(drawn)
    with pytest.raises(InputError, match=words) as error:
        writing.file(drawn)
    assert "\n" not in str(error.value)


def test_names_cannot_leave_the_strings_of_the_python():
    drawn = drawing_of(Dense={"units": 3})
    drawn["name"] = '"""\nraise SystemExit(1)\n"""'
    drawn["nodes"][1]["name"] = "x'\"); raise SystemExit(2) #"
    module: dict[str, Any] = {"__name__": "drawn"}
    exec(compile(python.source(drawn), "drawn.py", "exec"), module)
    assert module["build"]().name == drawn["name"]


_ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.floats(allow_nan=False)
    | st.sampled_from(["", "dense", "relu"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["class_name", "config", "name"]), inner)
    ),
    max_leaves=4,
)
WHOLE = writing.file(drawing_of(Dense={"units": 3, "kernel_regularizer": "L2"}, Dropout={"rate": 0.5}))


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths to everything within a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(one for key, item in items for one in places(item, (*path, key)))]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(places(WHOLE)[1:]), _ANYTHING)
def test_a_file_in_which_anything_is_something_else_is_read_or_refused_in_one_line(path, value):
    config = copy.deepcopy(WHOLE)
    *before, last = path
    inner: Any = config
    for key in before:
        inner = inner[key]
    inner[last] = value
    try:
        drawn = reading.graph(graphs.parse(json.dumps(config), "the file"))
        Message.model_validate(drawn)
        graphs.parse(json.dumps(writing.file(drawn)), "the file")
    except InputError as error:
        assert "\n" not in str(error)
