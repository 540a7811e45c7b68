"""The images, built by Docker and run as a cluster runs them."""

import json
import re
from pathlib import Path

import docker
import pytest

from tests.containers import images, restricted
from tests.containers.conftest import MEGABYTE

ROOMS = {
    "cli",
    "schemas",
    "registry",
    "prediction",
    "analysis",
    "components",
    "reports",
    "pipelines",
    "serving",
    "studio",
}
LOCKS = images.ROOT / "k8s" / "images"
INSTALLED = """
from importlib.metadata import distributions
for found in distributions(path=["/opt/venv/lib/python3.11/site-packages"]):
    print(f"{found.name.lower().replace('_', '-').replace('.', '-')}=={found.version}")
"""
WITHOUT_BYTECODE = """
from importlib.util import cache_from_source
from pathlib import Path
found = [path for folder in ("/app", "/opt/venv/lib") for path in Path(folder).rglob("*.py")]
assert len(found) > 1000
print([str(path) for path in found if "templates" not in path.parts and not Path(cache_from_source(path)).exists()])
"""
CACHES = """
import getpass, pathlib, tempfile, keras, matplotlib
print(getpass.getuser(), pathlib.Path.home(), tempfile.gettempdir(), matplotlib.get_cachedir(), keras.config.backend())
"""
# A container's uid, its capabilities (0 for none), whether it could gain any, and where it can write.
LIMITS = """
id -u; sed -n 's/^CapEff:\\t0*/caps=/p; s/^NoNewPrivs:\\t/new=/p' /proc/self/status
for f in /app /opt/venv / /etc /tmp; do touch $f/x 2>/dev/null && echo $f; done; true
"""


def locked(name: str) -> set[str]:
    return set(re.findall(r"^([\w.-]+==[^ ;]+)", (LOCKS / name).read_text(), re.MULTILINE))


def above_base(tag: str) -> float:
    return (images.size(tag) - images.size(images.BASE)) / MEGABYTE


def installed(tag: str) -> set[str]:
    return set(restricted.run(tag, "python", "-c", INSTALLED).stdout.split())


def test_the_gateway_has_what_its_lock_file_names_and_is_small(gateway: str) -> None:
    assert installed(gateway) == locked("gateway.lock")
    assert above_base(gateway) < 120


def test_the_trainer_has_what_its_lock_file_names_and_no_more_than_it_needs(trainer: str) -> None:
    assert installed(trainer) == locked("trainer.lock")
    assert above_base(trainer) < 3000


def test_the_program_is_all_of_it(gateway: str) -> None:
    listed = restricted.run(gateway, "ls", "/app").stdout.split()
    assert set(listed) - {"__pycache__"} == {"bin", "slipway.py"} | ROOMS


def test_every_module_has_its_bytecode(gateway: str) -> None:
    assert restricted.run(gateway, "python", "-c", WITHOUT_BYTECODE).stdout == "[]\n"


@pytest.mark.parametrize("name", images.NAMES)
def test_it_starts_without_rights(name: str, request: pytest.FixtureRequest) -> None:
    done = restricted.run(request.getfixturevalue(name), "sh", "-c", LIMITS)
    assert done.stdout.split() == ["1000", "caps=", "new=1", "/tmp"]


@pytest.mark.parametrize("name", images.NAMES)
def test_it_is_the_images_own_user_and_no_volume_is_made(name: str, request: pytest.FixtureRequest) -> None:
    attributes = docker.from_env().images.get(request.getfixturevalue(name)).attrs
    assert (attributes["Config"]["User"], attributes["Config"].get("Volumes")) == ("1000:1000", None)


def test_the_gateway_starts_by_its_own_command_and_its_health_check_says_so(gateway: str, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    (tmp_path / "models").mkdir()
    keys.mkdir()
    made = restricted.run(
        *(gateway, "slipway", "keys", "add", "me"), write={"/keys": keys}, environment={"SLIPWAY_HOME": "/keys"}
    )
    assert made.code == 0, made.stderr
    with restricted.started(gateway, read={"/models": tmp_path / "models", "/keys": keys}) as container:
        restricted.until_healthy(container)
        assert restricted.stopped(container) == 0
        assert "gateway: http://0.0.0.0:8080" in container.logs().decode()


def test_the_studio_starts_by_its_own_command_and_its_health_check_says_so(studio: str, tmp_path: Path) -> None:
    """In the pod's memory the token is the environment's; without it nobody gets in, and the probe does."""
    token = {"SLIPWAY_STUDIO_TOKEN": "0123456789abcdef"}
    with restricted.started(studio, write={"/mnt/slipway": tmp_path}, environment=token) as container:
        restricted.until_healthy(container)
        assert restricted.stopped(container) == 0
        assert "studio: http://0.0.0.0:8090/" in container.logs().decode()
    assert (tmp_path / "home" / "studio").is_dir()


def test_the_trainers_own_command_lists_the_datasets(trainer: str) -> None:
    from pipelines.page import catalog

    with restricted.started(trainer) as container:
        assert container.wait()["StatusCode"] == 0
        listed = container.logs().decode()
    assert all(re.search(rf"\b{name}\b", listed) for name in catalog.names())


def test_a_whole_run_is_blessed_without_a_network(volume: Path) -> None:
    result = json.loads((volume / "digits.json").read_text())
    assert result["blessed"] and result["version"] == "1.0.0"
    pushed = volume / Path(result["pushed_to"]).relative_to("/mnt/slipway")
    assert (pushed / "saved_model.pb").stat().st_uid == 1000


def test_a_task_of_a_pipeline_runs_in_the_trainers_image(trainer: str, tmp_path: Path) -> None:
    nodes = [f"--node={node}" for node in ("ExampleGen", "StatisticsGen", "Schema", "ExampleValidator")]
    done = restricted.run(
        *(trainer, "python", "-m", "cli.node", "digits", *nodes, "--run-id=r1", "--param=limit=200"),
        write={"/mnt/slipway": tmp_path},
    )
    assert done.code == 0, done.stderr
    assert list((tmp_path / "home" / "pipelines" / "digits" / "StatisticsGen").rglob("FeatureStats.pb"))


def test_the_trainers_libraries_keep_their_caches_in_tmp(trainer: str) -> None:
    done = restricted.run(trainer, "python", "-c", CACHES)
    assert done.stdout.split() == ["slipway", "/tmp", "/tmp", "/tmp/matplotlib", "tensorflow"], done.stderr
