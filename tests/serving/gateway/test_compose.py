"""serving/compose.yaml and what lies beside it: read by the parsers that will read them, and compared with the commands."""

import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from google.protobuf import text_format
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from serving.gateway import canary
from serving.model_server import flags
from tests.serving.gateway.running import ROOT
from tests.serving.gateway.test_command import IMPORTS

SERVING = ROOT / "serving"


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((SERVING / "compose.yaml").read_text())
    assert document.keys() == {"services"}  # Debian's docker-compose knows no "name"
    return document["services"]


def test_the_model_servers_flags_exist_and_have_values_of_their_type(services: dict[str, Any]) -> None:
    command = services["model-server"]["command"]
    given, rest = flags.taken(command)
    assert not rest and len(given) == len(command)


def test_every_file_that_is_named_is_mounted(services: dict[str, Any]) -> None:
    for service in services.values():
        for path in re.findall(r"=/config/(\S+)", " ".join(service["command"])):
            assert (SERVING / "compose" / path).is_file()
        assert any(volume.startswith("./compose:/config:ro") for volume in service["volumes"])
        assert all(volume.endswith(":ro") for volume in service["volumes"])


def test_the_gateways_options_are_those_of_the_command(services: dict[str, Any]) -> None:
    command, *options = services["gateway"]["command"]
    done = subprocess.run([sys.executable, "slipway.py", command, "--help"], cwd=ROOT, capture_output=True, text=True)
    for option in options:
        assert option.partition("=")[0] in done.stdout.split()


def test_the_gateways_upstream_is_the_model_server(services: dict[str, Any]) -> None:
    (upstream,) = [o.partition("=")[2] for o in services["gateway"]["command"] if o.startswith("--upstream")]
    host, port = upstream.split(":")
    assert port in services[host]["expose"] and host in services["gateway"]["depends_on"]


def test_every_image_has_a_version_that_can_be_chosen(services: dict[str, Any]) -> None:
    for service in services.values():
        assert re.fullmatch(r"[\w/-]+:\$\{\w+:-[\d.]+\}", service["image"])
    assert (SERVING.parent / services["gateway"]["build"]["dockerfile"]).is_file()


def test_the_model_list_is_a_model_server_config() -> None:
    from tensorflow_serving.config import model_server_config_pb2

    text = (SERVING / "compose" / "models.config").read_text()
    found = text_format.Parse(text, model_server_config_pb2.ModelServerConfig())
    for model in found.model_config_list.config:
        assert (model.base_path, model.model_platform) == (f"/models/{model.name}", "tensorflow")


def test_the_batching_parameters_are_those_of_tensorflow_serving() -> None:
    names = re.findall(r"^(\w+) \{ value: \d+ \}$", (SERVING / "compose" / "batching.config").read_text(), re.MULTILINE)
    assert names == ["max_batch_size", "batch_timeout_micros", "max_enqueued_batches", "num_batch_threads"]


def test_the_configuration_of_the_gateway_is_read() -> None:
    assert canary.load(SERVING / "compose" / "gateway.toml") == {}


def test_the_commented_configuration_is_good_too(tmp_path: Path) -> None:
    lines = (SERVING / "compose" / "gateway.toml").read_text().splitlines()[2:]
    file = tmp_path / "gateway.toml"
    file.write_text("\n".join(line.removeprefix("#").strip() for line in lines))
    found = canary.load(file)["digits"]
    assert found.weights == {"1.0.0": 90, "1.1.0": 10} and found.labels == {"stable": "1.0.0"}


def required(names: list[str]) -> set[str]:
    """Distributions with all that they need."""
    found: set[str] = set()
    left = [canonicalize_name(name) for name in names]
    while left:
        name = left.pop()
        if name in found:
            continue
        found.add(name)
        needs = [Requirement(text) for text in importlib.metadata.requires(name) or []]
        left += [
            canonicalize_name(need.name) for need in needs if not need.marker or need.marker.evaluate({"extra": ""})
        ]
    return found


WITHOUT_OTHERS = """
import importlib.abc
import importlib.metadata
import sys

allowed = set(sys.argv[1:])
packages = importlib.metadata.packages_distributions()

class Others(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        found = {d.lower().replace("_", "-") for d in packages.get(name.partition(".")[0], [])}
        if found and found.isdisjoint(allowed):
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, Others())
"""


def test_the_images_packages_are_enough_and_locked() -> None:
    text = (SERVING / "gateway" / "requirements.txt").read_text()
    names = {canonicalize_name(line) for line in text.splitlines() if not line.startswith("#")}
    allowed = sorted(required(list(names)) | {"slipway"})
    subprocess.run([sys.executable, "-c", WITHOUT_OTHERS + IMPORTS, *allowed], cwd=ROOT, check=True, timeout=60)
    locked = (ROOT / "k8s" / "images" / "gateway.lock").read_text()
    assert names <= {canonicalize_name(name) for name in re.findall(r"^([\w.-]+)==", locked, re.MULTILINE)}
