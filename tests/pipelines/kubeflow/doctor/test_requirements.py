from pathlib import Path

import pytest

from pipelines.kubeflow import compiler
from pipelines.kubeflow.doctor import requirements
from pipelines.kubeflow.layout import Options
from schemas.errors import InputError


def test_what_a_compiled_pipeline_needs() -> None:
    options = Options("a:1", gpus=2, pull_secret="registry", root="gs://models", metadata="mysql://u@db.data:3307/m")
    found = requirements.parse(compiler.compiled("digits", options))
    assert found.claims == ("gcs-models",)
    assert found.secrets == {"slipway-metadata": ("password",)}
    assert (found.pull_secrets, found.metadata, found.workers) == (("registry",), "mysql://u@db.data:3307/m", 1)
    pods = {pod.task: pod for pod in found.pods}
    assert set(pods) == {"prepare", "transform", "train", "evaluate"}
    assert (pods["prepare"].cpu, pods["prepare"].memory, pods["prepare"].count) == ("1", "3Gi", 0)
    train = pods["train"]
    assert (train.accelerator, train.count, dict(train.selector)) == (
        "nvidia.com/gpu",
        2,
        {"nvidia.com/gpu.present": "true"},
    )
    assert [dict(t) for t in train.tolerations] == [
        {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}
    ]


def test_workers_are_pods_of_their_own() -> None:
    found = requirements.parse(compiler.compiled("digits", Options("a:1", gpus=2, workers=3, cpu=("Trainer=6",))))
    pods = {pod.task: pod for pod in found.pods}
    assert found.workers == 3 and pods["train"].count == 0
    worker = pods["worker"]
    assert (worker.cpu, worker.memory, worker.accelerator, worker.count) == ("6", "4Gi", "nvidia.com/gpu", 2)
    assert dict(worker.selector) == {"nvidia.com/gpu.present": "true"} and len(worker.tolerations) == 1
    plain = requirements.parse(compiler.compiled("digits", Options("a:1", workers=2)))
    assert [(pod.task, pod.count) for pod in plain.pods][-1] == ("worker", 0)


@pytest.mark.parametrize("text", ["", "a: 1", "a: 1\n---\nb: 2", "a: 1\n---\nb: 2\n---\nc: 3", "[", "- 1\n---\n- 2"])
def test_a_file_that_is_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(text)
    with pytest.raises(InputError, match=r"x\.yaml is no compiled pipeline \(.*\); write it with slipway compile"):
        requirements.read(file)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"x\.yaml: No such file or directory; name a file"):
        requirements.read(tmp_path / "x.yaml")
