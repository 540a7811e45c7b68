"""What every dataset compiles to, read as Kubeflow reads it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from google.protobuf import json_format
from kfp.kubernetes import kubernetes_executor_config_pb2 as executor_pb2
from kfp.pipeline_spec import pipeline_spec_pb2 as spec_pb2

from pipelines.beam.runners import extra_from_environment
from pipelines.kubeflow import compiler, groups
from pipelines.kubeflow.layout import Options
from pipelines.page import catalog
from pipelines.page.parameters import TABLE, text_of
from schemas.errors import InputError

IMAGE = "registry.example.com/slipway-trainer:1.0"
KINDS = {int: "NUMBER_INTEGER", float: "NUMBER_DOUBLE", bool: "BOOLEAN", str: "STRING", list: "STRING"}


class Parsed:
    """The two documents, and what they say of a task. Raises ParseError for a field that Kubeflow does not know."""

    def __init__(self, text: str) -> None:
        pipeline, platform = yaml.safe_load_all(text)
        self.text = text
        self.spec = json_format.ParseDict(pipeline, spec_pb2.PipelineSpec())
        self.platform = json_format.ParseDict(platform, spec_pb2.PlatformSpec())
        self.deployment = spec_pb2.PipelineDeploymentConfig()
        json_format.ParseDict(json_format.MessageToDict(self.spec.deployment_spec), self.deployment)
        self.tasks = dict(self.spec.root.dag.tasks)

    def _executor(self, task: str) -> str:
        return str(self.spec.components[self.tasks[task].component_ref.name].executor_label)

    def container(self, task: str) -> Any:
        return self.deployment.executors[self._executor(task)].container

    def pod(self, task: str) -> Any:
        executors = self.platform.platforms["kubernetes"].deployment_spec.executors
        return json_format.ParseDict(
            json_format.MessageToDict(executors[self._executor(task)]), executor_pb2.KubernetesExecutorConfig()
        )

    def env(self, task: str) -> dict[str, str]:
        return {entry.name: entry.value for entry in self.container(task).env}


def parsed(dataset: str = "titanic", **options: Any) -> Parsed:
    return Parsed(compiler.compiled(dataset, Options(IMAGE, **options)))


@pytest.fixture(params=catalog.names(), scope="module")
def dataset(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=[False, True], ids=["groups", "pods"], scope="module")
def found(dataset: str, request: pytest.FixtureRequest) -> Parsed:
    """A dataset compiled with all that can be asked for."""
    return parsed(dataset, gpus=2, pod_per_node=request.param)


@pytest.fixture
def trainer(found: Parsed) -> str:
    """The name of the Trainer's task."""
    (name,) = [name for name in found.tasks if "Trainer" in found.container(name).args]
    return name


def test_the_pipeline_is_named_after_the_dataset(found: Parsed, dataset: str) -> None:
    assert found.spec.pipeline_info.name == f"slipway-{dataset.replace('_', '-')}"
    assert found.spec.pipeline_info.description == catalog.summary(dataset)
    assert found.spec.schema_version == "2.1.0"


def test_tasks_run_in_the_order_of_the_dag(found: Parsed) -> None:
    layout = groups.tasks(pod_per_node=len(found.tasks) > 4)
    assert {name: list(task.dependent_tasks) for name, task in found.tasks.items()} == {
        task.name: sorted(task.after) for task in layout
    }


def test_a_task_runs_its_nodes_by_the_entry_point(found: Parsed, dataset: str) -> None:
    for task in groups.tasks(pod_per_node=len(found.tasks) > 4):
        container = found.container(task.name)
        arguments = list(container.args)
        assert (container.image, list(container.command)) == (IMAGE, ["python", "-m", "cli.node"])
        assert arguments[0] == dataset
        flags = dict.fromkeys(flag for flag in arguments if flag.startswith("--"))
        assert list(flags) == ["--node", "--run-id", "--param", *(["--result"] if "Registrar" in task.nodes else [])]
        pairs = list(zip(arguments[1::2], arguments[2::2], strict=True))
        assert [value for flag, value in pairs if flag == "--node"] == list(task.nodes)
        assert [value for flag, value in pairs if flag == "--param"] == [
            f"{p.name}={{{{$.inputs.parameters['{p.name}']}}}}" for p in TABLE
        ]
        assert ("--run-id", "{{$.inputs.parameters['run_id']}}") in pairs


def test_the_run_id_is_a_whole_constant(found: Parsed) -> None:
    """Written into the arguments, Kubeflow would hand the placeholder over as it is."""
    for task in found.tasks.values():
        assert task.inputs.parameters["run_id"].runtime_value.constant.string_value == "{{$.pipeline_job_uuid}}"
    arguments = [argument for name in found.tasks for argument in found.container(name).args]
    placeholders = {match for text in arguments for match in re.findall(r"\{\{.*?\}\}", text)}
    known = {"run_id", *(p.name for p in TABLE)}
    assert placeholders == {f"{{{{$.inputs.parameters['{name}']}}}}" for name in known} | {
        "{{$.outputs.parameters['result'].output_file}}"
    }


def test_parameters_have_types_defaults_and_descriptions(found: Parsed) -> None:
    inputs = found.spec.root.input_definitions.parameters
    assert set(inputs) == {p.name for p in TABLE}
    for parameter in TABLE:
        declared = inputs[parameter.name]
        kind = spec_pb2.ParameterType.ParameterTypeEnum.Name(declared.parameter_type)
        assert kind == KINDS[parameter.type], parameter.name
        assert declared.description == parameter.rule.help and declared.is_optional
        default = json_format.MessageToDict(declared.default_value)
        assert default == (text_of(parameter.default) if parameter.type is list else parameter.default)


def test_every_task_is_given_the_same_parameters(found: Parsed) -> None:
    for task in found.tasks.values():
        given = {name: value.component_input_parameter for name, value in task.inputs.parameters.items()}
        assert given == {p.name: p.name for p in TABLE} | {"run_id": ""}


def test_nothing_is_cached_by_kubeflow(found: Parsed) -> None:
    assert not any(task.caching_options.enable_cache for task in found.tasks.values())


def test_failed_tasks_are_tried_again_with_growing_waits(found: Parsed) -> None:
    for task in found.tasks.values():
        policy = task.retry_policy
        assert (policy.max_retry_count, policy.backoff_factor) == (2, 2.0)
        assert policy.backoff_duration.seconds == 30
        # Argo counts all attempts and waits together: the last of three attempts may take its whole time.
        assert policy.backoff_max_duration.seconds == 3 * Options("a:1").timeout + 30 + 60


def test_the_trainer_alone_gets_accelerators(found: Parsed, trainer: str) -> None:
    for name in found.tasks:
        accelerator, pod = found.container(name).resources.accelerator, found.pod(name)
        asked = (accelerator.resource_type, accelerator.resource_count, len(pod.tolerations), len(pod.empty_dir_mounts))
        assert asked == (("nvidia.com/gpu", "2", 1, 1) if name == trainer else ("", "", 0, 0))
        assert dict(pod.node_selector.labels) == ({"nvidia.com/gpu.present": "true"} if name == trainer else {})
        assert found.env(name).get("SLIPWAY_GPUS") == ("2" if name == trainer else None)
    pod = found.pod(trainer)
    assert (pod.tolerations[0].key, pod.tolerations[0].operator) == ("nvidia.com/gpu", "Exists")
    assert (pod.empty_dir_mounts[0].mount_path, pod.empty_dir_mounts[0].medium) == ("/dev/shm", "Memory")


@pytest.mark.parametrize("gpus", [0, 2])
def test_workers_have_the_resources_and_the_trainers_pod_waits_for_them(gpus: int) -> None:
    found = parsed(workers=3, gpus=gpus, memory=("Trainer=16Gi",), cpu=("Trainer=8",))
    env, resources, pod = found.env("train"), found.container("train").resources, found.pod("train")
    assert env["SLIPWAY_WORKERS"] == "3"
    amounts = {"memory": "16Gi"} | ({"nvidia.com/gpu": "2"} if gpus else {})
    assert json.loads(env["SLIPWAY_WORKER_POD"]) == {
        "resources": {"requests": {"cpu": "8"} | amounts, "limits": amounts},
        "nodeSelector": {"nvidia.com/gpu.present": "true"} if gpus else {},
        "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}] if gpus else [],
    }
    assert (resources.resource_cpu_request, resources.resource_memory_limit) == ("1", "2Gi")
    assert not resources.accelerator.resource_type and not pod.tolerations and not pod.node_selector.labels
    assert [mount.mount_path for mount in pod.empty_dir_mounts] == (["/dev/shm"] if gpus else [])  # workers copy it
    assert {entry.name: entry.field_path for entry in pod.field_path_as_env} == {
        "SLIPWAY_POD_NAME": "metadata.name", "SLIPWAY_POD_NAMESPACE": "metadata.namespace",
    }  # fmt: skip
    others = {name: found.env(name) for name in found.tasks if name != "train"}
    assert not any("SLIPWAY_WORKERS" in other or found.pod(name).field_path_as_env for name, other in others.items())


def test_beam_s_work_is_sent_to_flink_by_the_tasks_that_have_some() -> None:
    found = parsed(
        beam="flink", flink_master="slipway-flink-rest:8081", beam_arg=("--parallelism=4",), pod_per_node=True
    )
    told = {name for name in found.tasks if "SLIPWAY_BEAM" in found.env(name)}
    assert told == {"example-gen", "statistics-gen", "transform", "evaluator", "error-analyzer"}
    for name in told:
        environment = found.env(name)
        args = extra_from_environment(environment)
        assert (environment["SLIPWAY_BEAM"], environment["SLIPWAY_FLINK_MASTER"], args) == (
            "flink", "slipway-flink-rest:8081", ("--parallelism=4",),
        )  # fmt: skip


def test_arguments_of_the_local_beam_reach_the_tasks_too() -> None:
    environment = parsed(beam_arg=("--direct_num_workers=2",)).env("prepare")
    assert extra_from_environment(environment) == ("--direct_num_workers=2",) and "SLIPWAY_BEAM" not in environment


def test_files_and_metadata_are_shared(found: Parsed) -> None:
    for name in found.tasks:
        pod, env = found.pod(name), found.env(name)
        assert [(m.pvc_name_parameter.runtime_value.constant.string_value, m.mount_path) for m in pod.pvc_mount] == [
            ("slipway", "/mnt/slipway")
        ]
        assert env["SLIPWAY_HOME"] == "/mnt/slipway/home" and env["SLIPWAY_DATA"] == "/mnt/slipway/data"
        assert env["SLIPWAY_METADATA"] == "mysql://slipway@slipway-metadata:3306/slipway"
        (secret,) = pod.secret_as_env
        (key,) = secret.key_to_env
        assert secret.secret_name_parameter.runtime_value.constant.string_value == "slipway-metadata"
        assert (key.secret_key, key.env_var) == ("password", "SLIPWAY_METADATA_PASSWORD")
        assert "SLIPWAY_METADATA_PASSWORD" not in env


def test_pods_are_not_root_and_end_in_time(found: Parsed, dataset: str) -> None:
    for name in found.tasks:
        pod = found.pod(name)
        assert pod.security_context.run_as_non_root and pod.security_context.run_as_user == 1000
        assert (pod.active_deadline_seconds, pod.image_pull_policy) == (6 * 3600, "IfNotPresent")
        assert pod.pod_metadata.labels["slipway/dataset"] == dataset


def test_memory_is_never_below_what_the_libraries_take(found: Parsed) -> None:
    for name in found.tasks:
        resources = found.container(name).resources
        assert resources.resource_memory_request == resources.resource_memory_limit
        assert int(resources.resource_memory_request.removesuffix("Gi")) >= 2
        assert float(resources.resource_cpu_request) >= 1


def test_compiling_twice_gives_the_same_bytes(found: Parsed, dataset: str) -> None:
    again = compiler.compiled(dataset, Options(IMAGE, gpus=2, pod_per_node=len(found.tasks) > 4))
    assert again == found.text


def test_the_pushers_task_alone_hands_over_the_result(found: Parsed) -> None:
    for name, task in found.tasks.items():
        outputs = found.spec.components[task.component_ref.name].output_definitions.parameters
        assert list(outputs) == (["result"] if "Registrar" in found.container(name).args else [])


def test_without_accelerators_and_workers_the_trainer_is_a_pod_like_any_other() -> None:
    found = parsed()
    pod = found.pod("train")
    assert not found.container("train").resources.accelerator.resource_type
    assert not pod.tolerations and not pod.node_selector.labels and not pod.empty_dir_mounts
    assert not pod.field_path_as_env and "SLIPWAY_WORKERS" not in found.env("train")


def test_a_pod_gets_the_most_that_one_of_its_nodes_asks_for() -> None:
    found = parsed(cpu=("Evaluator=3", "Pusher=500m"), memory=("StatisticsGen=5000Mi", "Trainer=16Gi"))
    wanted = {
        name: (resources.resource_cpu_request, resources.resource_memory_limit)
        for name in found.tasks
        for resources in [found.container(name).resources]
    }
    assert wanted == {
        "prepare": ("1", "5000Mi"), "transform": ("1", "3Gi"), "train": ("2", "16Gi"), "evaluate": ("3", "3Gi"),
    }  # fmt: skip


def test_other_accelerators_and_their_nodes() -> None:
    labels = ("cloud.google.com/gke-accelerator=nvidia-l4", "pool=gpu")
    found = parsed(gpus=1, gpu_type="amd.com/gpu", gpu_selector=labels, gpu_toleration=("dedicated", "spot"))
    pod = found.pod("train")
    assert found.container("train").resources.accelerator.resource_type == "amd.com/gpu"
    assert dict(pod.node_selector.labels) == {"cloud.google.com/gke-accelerator": "nvidia-l4", "pool": "gpu"}
    assert [toleration.key for toleration in pod.tolerations] == ["dedicated", "spot"]


def test_a_bucket_is_mounted_so_that_every_library_sees_plain_paths() -> None:
    found = parsed(root="gs://my_models/team-a/")
    for name in found.tasks:
        pod, env = found.pod(name), found.env(name)
        (mount,) = pod.pvc_mount
        assert (mount.pvc_name_parameter.runtime_value.constant.string_value, mount.mount_path) == (
            "gcs-my-models", "/gcs/my_models",
        )  # fmt: skip
        assert (env["SLIPWAY_HOME"], env["SLIPWAY_DATA"]) == (
            "/gcs/my_models/team-a/home",
            "/gcs/my_models/team-a/data",
        )
        assert pod.pod_metadata.annotations["gke-gcsfuse/volumes"] == "true"


def test_no_retries_and_a_registrys_secret() -> None:
    found = parsed(retries=0, pull_secret="registry", pull_policy="Always", timeout=60)
    pod = found.pod("prepare")
    assert not any(task.HasField("retry_policy") for task in found.tasks.values())
    assert [secret.secret_name for secret in pod.image_pull_secret] == ["registry"]
    assert (pod.image_pull_policy, pod.active_deadline_seconds) == ("Always", 60)


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "pipeline.yaml"
    compiler.write("a", file)
    compiler.write("b", file)
    assert file.read_text() == "b"
    with pytest.raises(InputError, match=r"^-o .*/nowhere/pipeline.yaml: No such file or directory; name a file in"):
        compiler.write("c", tmp_path / "nowhere" / "pipeline.yaml")
    file.unlink()
    file.mkdir()
    with pytest.raises(InputError, match="Is a directory"):
        compiler.write("c", file)
    assert [path.name for path in tmp_path.iterdir()] == ["pipeline.yaml"]
