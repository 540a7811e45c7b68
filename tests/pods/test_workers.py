"""The tasks of a compiled pipeline as pods, its Trainer with two workers in an Indexed Job that it starts itself."""

from pathlib import Path

import pytest

from tests.pods.slipway import NAMESPACE, Slipway
from tests.pods.tasks import Tasks

pytestmark = pytest.mark.timeout(3600)  # the first test builds Kubernetes and the images, where they are not there yet

_PREPARED = ("prepare", "transform", "train", "evaluate")


@pytest.fixture(scope="module")
def tasks(slipway: Slipway, tmp_path_factory: pytest.TempPathFactory) -> Tasks:
    return Tasks(slipway, tmp_path_factory.mktemp("compiled"), "--workers", "2")


def test_two_workers_train_digits_and_the_model_is_pushed(slipway: Slipway, tasks: Tasks) -> None:
    assert slipway.job_ends("slipway-init") == "Complete"
    seen: set[str] = set()
    for name in _PREPARED:
        tasks.start(name)
        while not tasks.has_ended(name):
            pods = slipway.get("pods", "-l", "app.kubernetes.io/component=worker")["items"]
            seen |= {pod["metadata"]["annotations"]["batch.kubernetes.io/job-completion-index"] for pod in pods}
        assert tasks.succeeded(name), tasks.said(name)
    assert seen == {"0", "1"}
    # The Job and its Service are gone with the training.
    assert not slipway.get("jobs", "-l", "slipway/workers")["items"]
    pushed = [path.name for path in (slipway.volumes["slipway"] / "home" / "models" / "digits").iterdir()]
    assert any(name.isdigit() for name in pushed), tasks.said("evaluate")


def test_doctor_finds_all_that_the_pipeline_needs(slipway: Slipway, tasks: Tasks, tmp_path: Path) -> None:
    """KFP itself is not in this cluster: its Service and its kind of object are declared."""
    tasks.declare_kfp()
    code, findings = tasks.doctor()
    assert code == 0, findings
    assert {one["what"] for one in findings} > {"cluster", "namespace", "volume slipway", "metadata", "service account"}
    slipway.api.kubectl("-n", NAMESPACE, "delete", "endpoints", "ml-pipeline")
    code, findings = tasks.doctor()
    assert code == 2
    assert [one["what"] for one in findings if one["state"] == "missing"] == ["Kubeflow Pipelines"]
