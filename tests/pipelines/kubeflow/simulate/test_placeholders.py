import json
from typing import Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kfp import dsl

from pipelines.kubeflow.simulate import placeholders, values
from schemas.errors import InputError
from tests.pipelines.kubeflow.simulate.made import compiled, task

FILES = {"out": "/tmp/kfp/outputs/out"}
# Braces and quotes, which placeholders are made of, come often; what KFP itself would take for one does not.
TEXT = st.text(st.sampled_from("{}$.'[]a é\n") | st.characters(codec="utf-8")).filter(lambda t: "{{$" not in t)
JSON = st.recursive(st.booleans() | st.floats(-1e9, 1e9) | TEXT, lambda inner:
                    st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=6)  # fmt: skip


def every_type(
    text: str = "a b",
    n: int = 100,
    r: float = 0.5,
    flag: bool = True,
    names: list = ["x", 1.5],  # noqa: B006
    more: dict = {"k": 1},  # noqa: B006
):
    given = {"text": text, "n": n, "r": r, "flag": flag, "names": names, "more": more, "out": dsl.OutputPath(str)}
    step = task("first", "pass", run_id=dsl.PIPELINE_JOB_ID_PLACEHOLDER, **given)
    task("second", "pass", x=step.outputs["out"])


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    return compiled(tmp_path_factory.mktemp("types"), every_type)


def run_of(document, **parameters):
    given_texts = {name: values.as_text(value) for name, value in parameters.items()}
    found = placeholders.parameters(document, given_texts)
    return placeholders.Run("0-1-2", "small-1", "small-abcde", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z", found)


def command(document, name="first", outputs=None, **parameters):
    step = document.tasks[name]
    return placeholders.command(step, placeholders.inputs(step, run_of(document, **parameters), outputs or {}), FILES)


def test_defaults_arrive_as_kfp_writes_them(document):
    arguments = command(document)[3:]
    assert arguments == ["0-1-2", "a b", "100", "0.5", "true", '["x",1.5]', '{"k":1}', "/tmp/kfp/outputs/out"]


@given(
    text=TEXT, n=st.integers(-(2**53), 2**53), r=st.floats(allow_nan=False, allow_infinity=False), flag=st.booleans(),
    names=st.lists(JSON, max_size=4), more=st.dictionaries(TEXT, JSON, max_size=4),
)  # fmt: skip
def test_any_value_arrives_whole(document, text, n, r, flag, names, more):
    arguments = command(document, text=text, n=n, r=r, flag=flag, names=names, more=more)[3:]
    assert arguments[1] == text
    assert (int(arguments[2]), float(arguments[3]), arguments[4]) == (n, r, "true" if flag else "false")
    assert json.loads(arguments[5]) == names and json.loads(arguments[6]) == more


@given(before=TEXT, value=TEXT, after=TEXT)
def test_a_value_may_be_part_of_an_argument(document, before, value, after):
    step = document.tasks["second"]
    changed = type(step)(step.name, step.spec, step.component, type(step.container)(), step.pod)
    changed.container.command.extend(["echo", before + "{{$.inputs.parameters['x']}}" + after])
    found = placeholders.inputs(changed, run_of(document), {"first": {"out": value}})
    if "{{$" in before + value + after:  # three parts that are a placeholder together
        return
    assert placeholders.command(changed, found, {}) == ["echo", before + value + after]


def test_what_another_task_wrote_arrives(document):
    assert command(document, "second", {"first": {"out": "line 1\nline 2"}})[-1] == "line 1\nline 2"


@pytest.mark.parametrize(
    ("placeholder", "expected"),
    [
        ("{{$.pipeline_job_uuid}}", "0-1-2"),
        ("{{$.pipeline_job_name}}", "small-1"),
        ("{{$.pipeline_job_resource_name}}", "small-abcde"),
        ("{{$.pipeline_task_name}}", "only"),
        ("{{$.pipeline_job_create_time_utc}}", "2026-01-02T03:04:05Z"),
        ("{{$.pipeline_job_schedule_time_utc}}", "2026-01-02T03:04:05Z"),
    ],
)
def test_placeholders_of_the_run_are_whole_constants(tmp_path, placeholder, expected):
    assert command(compiled(tmp_path, lambda: task("only", "pass", x=placeholder) and None), "only")[-1] == expected


@pytest.mark.parametrize("constant", ["run-{{$.pipeline_job_uuid}}", "{{$.pipeline_task_uuid}}", "{{$.nothing}}"])
def test_what_kfp_would_hand_on_as_it_is_is_refused(tmp_path, constant):
    document = compiled(tmp_path, lambda: task("only", "pass", x=constant) and None)
    with pytest.raises(InputError, match=r"root\.dag\.tasks\.only\.inputs\.parameters\.x: .*whole constant"):
        command(document, "only")


@pytest.mark.parametrize(
    "argument",
    [
        "run-{{$.pipeline_job_uuid}}",
        "{{$.inputs.parameters['none']}}",
        "{{$.outputs.parameters['none'].output_file}}",
        "{{$.inputs.artifacts['a'].path}}",
        "{{$.inputs.parameters['text'] }}",
        '{"IfPresent": {"InputName": "text", "Then": ["a"]}}',
        '{"Concat": ["a", "b"]}',
    ],
)
def test_arguments_that_would_arrive_unreplaced_are_refused(document, argument):
    step = document.tasks["first"]
    container = type(step.container)()
    container.command.extend(["echo", argument])
    changed = type(step)(step.name, step.spec, step.component, container, step.pod)
    with pytest.raises(InputError, match="first: argument 1"):
        placeholders.command(changed, placeholders.inputs(step, run_of(document), {}), FILES)


def test_the_whole_input_is_json(document):
    step = document.tasks["first"]
    container = type(step.container)()
    container.command.extend(["echo", "{{$}}"])
    changed = type(step)(step.name, step.spec, step.component, container, step.pod)
    (_, text) = placeholders.command(changed, placeholders.inputs(step, run_of(document), {}), FILES)
    whole = json.loads(text)
    assert whole["inputs"]["parameterValues"]["n"] == 100 and whole["inputs"]["parameterValues"]["names"] == ["x", 1.5]
    assert whole["outputs"]["parameters"] == {"out": {"outputFile": "/tmp/kfp/outputs/out"}}


@pytest.mark.parametrize(
    ("given_texts", "expected"),
    [
        ({"m": "1"}, "-p m: the pipeline has no such parameter; it has flag, more, n, names, r, text"),
        ({"n": "ten"}, "-p n: received 'ten'; a whole number is expected"),
        ({"n": "1.5"}, "-p n: "),
        ({"r": "x"}, "-p r: "),
        ({"flag": "yes"}, "-p flag: received 'yes'; true or false is expected"),
        ({"names": "{}"}, "-p names: .*a JSON list"),
        ({"more": "[]"}, "-p more: .*a JSON object"),
    ],
)
def test_parameters_are_checked(document, given_texts, expected):
    with pytest.raises(InputError, match=expected):
        placeholders.parameters(document, given_texts)


def test_a_parameter_without_a_default_must_be_given(tmp_path):
    def needs(n: int):
        task("only", "pass", n=n)

    document = compiled(tmp_path, needs)
    with pytest.raises(InputError, match="-p n=VALUE is missing"):
        placeholders.parameters(document, {})
    assert placeholders.parameters(document, {"n": "3"}) == {"n": 3}


def test_optional_inputs(tmp_path):
    """What is not given, or null, is the component's own default; without one the input does not exist."""

    @dsl.container_component
    def only(a: str = "own", b: int = 7, c: Optional[str] = None):  # noqa: UP045  (KFP reads no unions)
        return dsl.ContainerSpec(image="i", command=["echo"], args=[a, b])

    def pipeline(a: Optional[str] = None):  # noqa: UP045
        only(a=a).set_caching_options(False)

    assert command(compiled(tmp_path, pipeline), "only") == ["echo", "own", "7"]
    assert command(compiled(tmp_path, pipeline), "only", a="other") == ["echo", "other", "7"]


@pytest.mark.parametrize(("value", "expected"), [(3.0, "3"), (True, "true"), ([1, "a"], '[1,"a"]')])
def test_any_value_becomes_a_text_where_one_is_declared(document, value, expected):
    assert command(document, "second", {"first": {"out": value}})[-1] == expected


def test_a_value_of_another_type_is_refused(document):
    run = run_of(document)
    run.parameters["n"] = "three"
    with pytest.raises(InputError, match=r"parameters\.n: received 'three'; NUMBER_INTEGER is expected"):
        placeholders.inputs(document.tasks["first"], run, {})
