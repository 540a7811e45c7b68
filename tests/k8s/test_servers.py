"""What the servers are started with: real options, real paths, and the list of models that models.sh makes."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import text_format

from cli import node
from pipelines.page import catalog
from serving.gateway import access, canary, routes
from serving.model_server import flags
from tests.k8s.rendered import K8S, ROOT, Object, of_kind, pods

LISTS = K8S / "base" / "serving" / "config"
COMPOSE = ROOT / "serving" / "compose"


def container(overlay: str, name: str) -> Object:
    (found,) = [c for pod in pods(overlay) for c in pod.containers if c["name"] == name]
    return found


def server(overlay: str) -> Object:
    return container(overlay, "kserve-container" if overlay == "kserve" else "serving")


def test_the_model_servers_flags_exist_and_have_values_of_their_type(overlay: str) -> None:
    command = server(overlay)["args"]
    given, rest = flags.taken(command)
    assert not rest and len(given) == len(command)


def test_the_files_of_the_model_server_are_mounted(overlay: str) -> None:
    maps = {path for found in of_kind(overlay, "ConfigMap") for path in found["data"]}
    paths = re.findall(r"_file=(\S+)", " ".join(server(overlay)["args"]))
    assert len(paths) == 3
    for path in paths:
        folder, _, name = path.rpartition("/")
        assert folder in {mount["mountPath"] for mount in server(overlay)["volumeMounts"]} and name in maps
    script = container(overlay, "models")
    assert script["restartPolicy"] == "Always" and script["command"][-1] == paths[0]


def test_both_ways_to_production_have_the_same_settings() -> None:
    for name in ("batching.config", "monitoring.config"):
        assert (LISTS / name).read_text() == (COMPOSE / name).read_text()
    assert canary.load(K8S / "base/gateway/config/gateway.toml") == {}


def test_kserve_runs_the_very_server_of_the_other_overlays() -> None:
    (inference,) = [pod.spec for pod in pods("kserve") if pod.owner.startswith("InferenceService")]
    (deployment,) = [pod.spec for pod in pods("cpu") if pod.owner == "Deployment/slipway-serving"]
    renamed = [{**one, "name": "kserve-container"} for one in deployment["containers"]]
    assert inference == {**deployment, "containers": renamed}


def models(text: str) -> Sequence[Any]:
    """The entries of a ModelServerConfig, which must have a list, if only an empty one."""
    from tensorflow_serving.config import model_server_config_pb2

    found = text_format.Parse(text, model_server_config_pb2.ModelServerConfig())
    assert found.HasField("model_config_list")
    entries: Sequence[Any] = found.model_config_list.config
    return entries


def model_names(text: str) -> list[str]:
    return [model.name for model in models(text)]


def test_the_list_has_every_pipeline() -> None:
    text = (LISTS / "models.config").read_text()
    assert model_names(text) == catalog.names()
    for model in models(text):
        assert (model.base_path, model.model_platform) == (f"/models/{model.name}", "tensorflow")
        assert f'  config {{ name: "{model.name}" base_path:' in text  # models.sh takes them line by line


class Lists:
    """models.sh beside a folder of models."""

    def __init__(self, folder: Path) -> None:
        self.models = folder / "models"
        self.models.mkdir()
        self.list, self.file = folder / "models.config", folder / "made"
        self.list.write_text((LISTS / "models.config").read_text().replace('"/models/', f'"{self.models}/'))
        command = ["bash", str(LISTS / "models.sh"), str(self.list), str(self.file), "0.1"]
        self.process = subprocess.Popen(command, start_new_session=True)

    def push(self, name: str, version: str = "1795225351") -> None:
        (self.models / name / version).mkdir(parents=True)

    def becomes(self, *names: str) -> bool:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            if self.file.exists() and model_names(self.file.read_text()) == list(names):
                return True
            time.sleep(0.05)
        return False


@pytest.fixture
def lists(tmp_path: Path) -> Iterator[Lists]:
    made = Lists(tmp_path)
    yield made
    if made.process.poll() is None:
        os.killpg(made.process.pid, signal.SIGKILL)
    made.process.wait()


def test_a_model_is_listed_as_soon_as_it_has_a_version(lists: Lists) -> None:
    assert lists.becomes()
    lists.push("titanic")
    assert lists.becomes("titanic")
    (lists.models / "digits" / ".1795225400.part").mkdir(parents=True)  # a push that is not done
    (lists.models / "digits" / "tmp1").mkdir()
    lists.push("auto_mpg", "1")
    assert lists.becomes("auto_mpg", "titanic")
    (lists.models / "digits" / "1795225400").mkdir()
    assert lists.becomes("auto_mpg", "digits", "titanic")
    shutil.rmtree(lists.models / "titanic")
    assert lists.becomes("auto_mpg", "digits")


def test_what_is_listed_is_never_half_written_and_the_list_itself_may_change(lists: Lists) -> None:
    lists.push("digits")
    lists.push("mine")
    assert lists.becomes("digits")
    text = lists.list.read_text()
    entry = f'  config {{ name: "mine" base_path: "{lists.models}/mine" model_platform: "tensorflow" }}\n}}'
    lists.list.write_text(text.rstrip().removesuffix("}") + entry)  # and without a line's end
    assert lists.becomes("digits", "mine")
    assert not list(lists.file.parent.glob("*.part"))


def test_it_ends_when_it_is_told_to(lists: Lists) -> None:
    assert lists.becomes()
    lists.process.send_signal(signal.SIGTERM)
    assert lists.process.wait(timeout=10) == 0


def test_the_gateways_options_are_those_of_the_command(overlay: str) -> None:
    command, *options = container(overlay, "gateway")["args"]
    done = subprocess.run([sys.executable, "slipway.py", command, "--help"], cwd=ROOT, capture_output=True, text=True)
    for option in options:
        assert option.partition("=")[0] in done.stdout.split()


def test_probes_ask_for_what_needs_no_key(overlay: str) -> None:
    found = container(overlay, "gateway")
    paths = {found[probe]["httpGet"]["path"] for probe in ("startupProbe", "readinessProbe", "livenessProbe")}
    assert paths == set(access.OPEN) and paths <= {getattr(route, "path", "") for route in routes.router.routes}


def test_a_body_that_the_gateway_takes_gets_through_the_ingress(overlay: str) -> None:
    (limit,) = [o.partition("=")[2] for o in container(overlay, "gateway")["args"] if o.startswith("--max-body-mb")]
    (ingress,) = of_kind(overlay, "Ingress")
    assert ingress["metadata"]["annotations"]["nginx.ingress.kubernetes.io/proxy-body-size"] == f"{limit}m"


def test_every_command_of_a_job_is_one_of_slipways(overlay: str) -> None:
    datasets = catalog.names()
    for pod in pods(overlay):
        for found in pod.containers:
            if found["image"].partition(":")[0].endswith("slipway-trainer") and "args" in found:
                dataset = found["args"][1] if found["args"][0] == "run" else found["args"][0]
                assert dataset in datasets or found["args"] == ["metadata", "init"]


def test_the_entry_point_takes_the_drift_check_and_ends_with_the_validator() -> None:
    found = container("cpu", "drift")
    assert found["command"] == ["python", "-m", "cli.node"]
    options = node._parser().parse_args([*found["args"][:-1], "--run-id=slipway-drift-titanic-29384"])
    assert (options.name, options.node) == ("titanic", ["ExampleGen", "StatisticsGen", "Schema", "ExampleValidator"])
    (variable,) = [v for v in found["env"] if v["name"] == "JOB"]
    assert found["args"][-1] == "--run-id=$(JOB)" and "job-name" in variable["valueFrom"]["fieldRef"]["fieldPath"]


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck not found")
def test_the_scripts_are_clean() -> None:
    scripts = [str(file) for file in K8S.rglob("*.sh")]
    done = subprocess.run(["shellcheck", *scripts], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
