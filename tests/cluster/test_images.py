"""The images, built by the very steps of their Dockerfiles and run as a cluster does: uid 1000 on a read-only root."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.containers import images
from tests.e2e.command import Slipway
from tests.e2e.stack import process
from tests.k8s import container

# What builds the same images by Docker asks the same of them, and more.
_WHY_NOT = container.missing() if images.missing() else "Docker is here: make test-containers"
pytestmark = pytest.mark.skipif(_WHY_NOT is not None, reason=str(_WHY_NOT))

MEGABYTE = 1024 * 1024
PAGE = container.ROOT / "studio" / "static"
DIGIT = container.ROOT / "docs" / "images" / "four.png"
# Runs the image's own command and its own health check in one container, then ends the command as a platform does.
HEALTH = """
import json, signal, subprocess, sys, time
command, check = map(json.loads, sys.argv[1:])
started = subprocess.Popen(command)
for _ in range(100):
    time.sleep(0.1)
    if subprocess.run(check, stderr=subprocess.DEVNULL).returncode == 0:
        break
else:
    sys.exit("never healthy")
started.send_signal(signal.SIGTERM)
sys.exit(started.wait(30))
"""


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> container.Image:
    return container.build("gateway", tmp_path_factory.mktemp("gateway"))


@pytest.fixture(scope="module")
def trainer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[container.Image]:
    """A minute, when uv has the packages already; 3.6 GB, which do not stay."""
    folder = tmp_path_factory.mktemp("trainer")
    yield container.build("trainer", folder)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[container.Image]:
    if not PAGE.is_dir():
        pytest.skip("studio/static is not built: make studio")
    folder = tmp_path_factory.mktemp("studio")
    yield container.build("studio", folder)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def home(trainer: container.Image, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A volume in which the trainer's image has run digits, without a network."""
    volume = tmp_path_factory.mktemp("volume")
    done = trainer.run(*trainer.entry, "run", "digits", "--json", write={"/mnt/slipway": volume})
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["pushed_to"].startswith("/mnt/slipway/home/models/digits/")
    return volume / "home"


def installed(image: container.Image) -> set[str]:
    """The distributions in the image, as NAME==VERSION."""
    found = (
        path.name.removesuffix(".dist-info").split("-") for path in image.root.glob("opt/venv/lib/*/*/*.dist-info")
    )
    return {f"{name.lower().replace('_', '-').replace('.', '-')}=={version}" for name, version in found}


def locked(name: str) -> set[str]:
    return set(re.findall(r"^([\w.-]+==[^ ;]+)", (container.IMAGES / name).read_text(), re.MULTILINE))


def megabytes(image: container.Image) -> float:
    return sum(path.lstat().st_size for path in image.root.rglob("*") if not path.is_dir()) / MEGABYTE


def test_the_gateway_has_what_its_lock_file_names_and_is_small(gateway: container.Image) -> None:
    assert installed(gateway) == locked("gateway.lock")
    assert megabytes(gateway) < 100
    assert sorted(path.name for path in (gateway.root / "app").iterdir() if path.name != "__pycache__") == [
        "analysis",
        "bin",
        "cli",
        "components",
        "pipelines",
        "prediction",
        "registry",
        "reports",
        "schemas",
        "serving",
        "slipway.py",
        "studio",
    ]


def test_every_module_has_its_bytecode(gateway: container.Image) -> None:
    for folder in ("app", "opt/venv/lib"):
        sources = [path for path in (gateway.root / folder).rglob("*.py") if "templates" not in path.parts]
        compiled = {path.name.partition(".")[0] for path in (gateway.root / folder).rglob("*.pyc")}
        assert sources and {path.stem for path in sources} <= compiled


def test_nothing_can_be_written_but_to_tmp_by_a_user_without_a_name(gateway: container.Image) -> None:
    done = gateway.run("sh", "-c", "id -u; for f in /app /opt/venv / /tmp; do touch $f/x 2>/dev/null && echo $f; done")
    assert done.stdout.split() == ["1000", "/tmp"]


def test_the_gateway_starts_by_its_own_command_and_its_health_check_says_so(
    gateway: container.Image, tmp_path: Path
) -> None:
    (tmp_path / "models").mkdir()
    made = gateway.run(
        *(*gateway.entry, "keys", "add", "me"), write={"/keys": tmp_path}, environment={"SLIPWAY_HOME": "/keys"}
    )
    assert made.returncode == 0, made.stderr
    _, _, check = gateway.stage.last("HEALTHCHECK").value.partition("CMD ")
    done = gateway.run(
        *("python", "-c", HEALTH, json.dumps(gateway.default_command), check),
        read={"/models": tmp_path / "models", "/keys": tmp_path},
    )
    assert done.returncode == 0, done
    assert "gateway: http://0.0.0.0:8080" in done.stdout


@contextmanager
def running(image: container.Image, *arguments: str, models: Path) -> Iterator[str]:
    """The gateway's image on this machine's network, with arguments as a manifest gives them; yields its address."""
    command = image.command([*image.entry, *arguments], read={"/models": models}, network=True)
    started = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert started.stdout is not None
    try:
        yield started.stdout.readline().split()[1]
    finally:
        container.stop(started)
        assert started.wait(30) == 0


def test_a_model_of_the_trainers_image_answers_through_the_gateways(gateway: container.Image, home: Path) -> None:
    slipway = Slipway(home, home / "data")
    serve = ("serve", "--grpc-port", "0", "--rest-port", "0")
    with process(slipway, "stderr", r"gRPC on (\S+) and", *serve) as (_, served):
        options = ("gateway", "--port=0", f"--upstream={served[1]}", "--models=/models")
        with (
            running(gateway, *options, models=home / "models") as url,
            httpx.Client(base_url=url, timeout=30) as client,
        ):
            answer = client.post("/v1/models/digits/predict", files={"file": DIGIT.read_bytes()})
            assert answer.status_code == 200, answer.text
            assert answer.json()["output"]["class"] == "4"
            refused = client.post("/v1/models/digits/predict", json={"input": "no picture"})
            assert refused.status_code == 422


def test_the_studio_starts_by_its_own_command_and_its_health_check_says_so(
    studio: container.Image, tmp_path: Path
) -> None:
    """In the pod's memory the token is the environment's; without it nobody gets in, and the probe does."""
    _, _, check = studio.stage.last("HEALTHCHECK").value.partition("CMD ")
    done = studio.run(
        *("python", "-c", HEALTH, json.dumps(studio.default_command), check),
        write={"/mnt/slipway": tmp_path},
        environment={"SLIPWAY_STUDIO_TOKEN": "0123456789abcdef"},
    )
    assert done.returncode == 0, done
    assert "studio: http://0.0.0.0:8090/" in done.stdout
    assert (tmp_path / "home" / "studio").is_dir()


def test_the_trainer_has_what_its_lock_file_names(trainer: container.Image) -> None:
    assert installed(trainer) == locked("trainer.lock")


def test_the_trainer_lists_the_datasets(trainer: container.Image) -> None:
    from pipelines.page import catalog

    done = trainer.run(*trainer.entry, "list", "--names")
    assert (done.returncode, done.stdout.split()) == (0, list(catalog.names()))


def test_a_task_of_a_pipeline_runs_in_the_trainers_image(trainer: container.Image, tmp_path: Path) -> None:
    nodes = [f"--node={node}" for node in ("ExampleGen", "StatisticsGen", "Schema", "ExampleValidator")]
    done = trainer.run(
        *("python", "-m", "cli.node", "digits", *nodes, "--run-id=r1", "--param=limit=200"),
        write={"/mnt/slipway": tmp_path},
    )
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "home" / "pipelines" / "digits" / "StatisticsGen").rglob("FeatureStats.pb"))


def test_the_trainers_libraries_keep_their_caches_in_tmp(trainer: container.Image) -> None:
    code = (
        "import getpass, pathlib, tempfile, keras, matplotlib; print(getpass.getuser(), pathlib.Path.home(), "
        "tempfile.gettempdir(), matplotlib.get_cachedir(), keras.config.backend())"
    )
    done = trainer.run("python", "-c", code)
    assert done.stdout.split() == ["slipway", "/tmp", "/tmp", "/tmp/matplotlib", "tensorflow"], done.stderr
