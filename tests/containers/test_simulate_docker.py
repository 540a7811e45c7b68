"""A compiled pipeline whose tasks run as containers of the trainer's image: what test_simulate.py asserts of processes."""

from pathlib import Path

import pytest

from pipelines.kubeflow.simulate import mariadb
from tests.cluster import test_simulate as processes
from tests.cluster.test_simulate import (  # noqa: F401 - collected here too, with this module's fixture
    Simulated,
    simulate,
    test_metadata_is_on_the_server_alone,
    test_the_killed_pod_is_started_again_and_the_run_succeeds,
    test_the_password_is_nowhere_but_with_the_server,
    test_the_pushed_model_answers_through_the_gateway,
    test_the_record_of_a_run_names_its_logs,
    test_the_second_run_is_cached_and_finds_the_first_model,
)
from tests.containers import images
from tests.e2e.command import Slipway

pytestmark = [
    pytest.mark.skipif(images.missing() is not None, reason=f"no containers: {images.missing()}"),
    pytest.mark.skipif(mariadb.missing() is not None, reason=f"no MariaDB: {mariadb.missing()}"),
    pytest.mark.timeout(3600),  # the image may have to be built; some ten processes load TensorFlow
]


@pytest.fixture(scope="module", params=["digits"])
def simulated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    name, image = request.param, images.image("trainer")
    folder = tmp_path_factory.mktemp(name)
    volume = folder / "cluster" / "slipway"
    volume.mkdir(parents=True)
    slipway, file = Slipway(volume / "home", Path("/no data"), seconds=1500), folder / f"{name}.yaml"
    slipway("compile", name, "--image", image, "-o", str(file))
    kill = ("--kill", "train:training on+0.5s")
    first = simulate(slipway, file, processes.SETTINGS[name], more=(*processes.DOCKER, *kill))
    return Simulated(name, slipway, file, first, processes.DOCKER)


def test_an_image_that_is_not_there_is_said_before_anything_starts(tmp_path: Path) -> None:
    slipway, file = Slipway(tmp_path / "home", tmp_path), tmp_path / "digits.yaml"
    slipway("compile", "digits", "--image", "registry.example.com/slipway-trainer:none", "-o", str(file))
    said = slipway.refused("simulate", str(file), "--folder", str(tmp_path / "cluster"), "--docker")
    assert "is not in the local Docker" in said and "docker build -f k8s/images/trainer.Dockerfile -t registry" in said
    assert not (tmp_path / "cluster").exists()
