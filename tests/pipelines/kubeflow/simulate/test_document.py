import pytest
import yaml
from kfp import dsl

from pipelines.kubeflow.simulate import document
from schemas.errors import InputError
from tests.pipelines.kubeflow.simulate.made import changed, task, write


def small(n: int = 3):
    first = task("first", "open(given['out'], 'w').write('x')", n=n, out=dsl.OutputPath(str))
    task("second", "pass", x=first.outputs["out"])


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return write(tmp_path_factory.mktemp("small"), small)


def test_tasks_come_after_those_that_they_wait_for(file):
    found = document.read(file)
    assert found.name == "small" and list(found.tasks) == ["first", "second"] and list(found.inputs) == ["n"]
    assert found.tasks["second"].container.command[0] == "python"


FIRST, SECOND = "root.dag.tasks.first", "root.dag.tasks.second"
COMPONENT, EXECUTOR = "components.comp-first", "deploymentSpec.executors.exec-first"
POD = "platforms.kubernetes.deploymentSpec.executors.exec-first"
GONE = object()
# Where the documents are changed, what is put there, and what the error says.
REFUSED = {
    "KFP's cache": (
        f"{FIRST}.cachingOptions.enableCache",
        True,
        r"cachingOptions\.enableCache: received True; KFP's",
    ),
    "a condition": (f"{FIRST}.triggerPolicy.condition", "true", rf"{FIRST}\.triggerPolicy"),
    "a loop": (f"{FIRST}.iteratorPolicy.parallelismLimit", 2, rf"{FIRST}\.iteratorPolicy"),
    "an unknown field": (f"{FIRST}.colour", "red", '"colour"'),
    "an unknown field of a container": (f"{EXECUTOR}.container.colour", "red", '"colour"'),
    "an unknown field of a pod": (f"{POD}.colour", "red", '"colour"'),
    "an importer": (EXECUTOR, {"importer": {"reimport": True}}, r"exec-first\.importer"),
    "a resolver": (EXECUTOR, {"resolver": {}}, r"exec-first\.resolver: .*Vertex"),
    "no command": (f"{EXECUTOR}.container.command", GONE, "a container with a command"),
    "an artifact": (f"{FIRST}.inputs.artifacts", {"a": {"componentInputArtifact": "b"}}, r"inputs\.artifacts"),
    "an output artifact": (f"{COMPONENT}.outputDefinitions.artifacts", {"a": {}}, r"outputDefinitions\.artifacts"),
    "a pipeline in the pipeline": (COMPONENT, {"dag": {"tasks": {}}}, r"comp-first\.dag"),
    "a pipeline's own output": ("root.dag.outputs", {"parameters": {"o": {}}}, r"root\.dag\.outputs"),
    "a Secret as a volume": (f"{POD}.secretAsVolume", [{"secretName": "s"}], "secretAsVolume"),
    "an affinity": (f"{POD}.nodeAffinity", [{"weight": 1}], "nodeAffinity"),
    "a selector in a parameter": (
        f"{POD}.nodeSelector.nodeSelectorJson",
        {"componentInputParameter": "n"},
        "nodeSelectorJson",
    ),
    "another platform": ("platforms.vertex", {}, r"platforms\.vertex"),
    "a circle": (f"{FIRST}.dependentTasks", ["second"], "first, second wait for each other"),
    "a task that is not there": (f"{FIRST}.dependentTasks", ["third"], "no task 'third'"),
    "an output without an edge": (f"{SECOND}.dependentTasks", GONE, "not in the task's dependentTasks"),
    "an output that is not there": (f"{COMPONENT}.outputDefinitions", GONE, "no output 'out'"),
    "an input without a value": (f"{FIRST}.inputs.parameters.n", {}, "has no value"),
    "a parameter that is not there": ("root.inputDefinitions", GONE, "no parameter 'n'"),
    "a component that is not there": (COMPONENT, GONE, "no component 'comp-first'"),
    "an executor that is not there": (EXECUTOR, GONE, "no executor 'exec-first'"),
    "a final status": (
        f"{COMPONENT}.inputDefinitions.parameters.n.parameterType",
        "TASK_FINAL_STATUS",
        "is not simulated",
    ),
    "no name": ("pipelineInfo.name", GONE, r"pipelineInfo\.name"),
    "no task": ("root.dag.tasks", {}, "has no task"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_not_simulated_is_refused_by_name(file, what):
    path, value, expected = REFUSED[what]

    def change(pipeline, platform):
        *folders, last = path.split(".")
        place = platform if folders[0] == "platforms" else pipeline
        for folder in folders:
            place = place.setdefault(folder, {})
        if value is GONE:
            del place[last]
        else:
            place[last] = value

    with pytest.raises(InputError, match=expected) as refused:
        document.parse(changed(file, change))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["", "- 1", "a: [", "a: 1\n---\nb: 1\n---\nc: 1", "2026-01-01", "pipelineInfo: 3"])
def test_what_is_no_pipeline_is_refused_in_one_line(tmp_path, text):
    file = tmp_path / "x.yaml"
    file.write_text(text)
    with pytest.raises(InputError, match=r"x\.yaml") as refused:
        document.read(file)
    assert "\n" not in str(refused.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(InputError, match=r"cannot read .*none\.yaml: No such file"):
        document.read(tmp_path / "none.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not UTF-8"):
        document.read(tmp_path / "binary.yaml")


def test_one_document_will_do(file):
    (only, *_) = yaml.safe_load_all(file.read_text())
    assert list(document.parse(yaml.safe_dump(only)).tasks) == ["first", "second"]
