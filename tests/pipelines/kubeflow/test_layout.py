from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.kubeflow import quantities, roots
from pipelines.kubeflow.layout import Options
from schemas.errors import InputError

IMAGE = "registry.example.com:5000/team/slipway-trainer:1.0"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"image": "a b"}, "--image: received 'a b'; an image such as"),
        ({"image": "Slipway"}, "--image: received 'Slipway'"),
        ({"image": ""}, "--image: received ''"),
        ({"cpu": ("trainer=2",)}, "--cpu: received 'trainer=2'; NODE=AMOUNT is expected, NODE one of ExampleGen, "),
        ({"cpu": ("Trainer",)}, "--cpu: received 'Trainer'; NODE=AMOUNT"),
        ({"cpu": ("Trainer=2", "Trainer=3")}, "--cpu: received 'Trainer=3'; NODE=AMOUNT .* each once"),
        ({"cpu": ("Trainer=two",)}, "--cpu: received 'Trainer=two'; an amount such as 2, 0.5 or 500m"),
        ({"cpu": ("Trainer=50m",)}, "--cpu: received 'Trainer=50m'; at least 0.1 is needed"),
        ({"memory": ("Trainer=4GB",)}, "--memory: received 'Trainer=4GB'; an amount such as 4Gi"),
        ({"memory": ("Trainer=1Gi",)}, "--memory: received 'Trainer=1Gi'; at least 2Gi is needed"),
        ({"gpus": -1}, "--gpus: received -1; 0 to 64"),
        ({"gpus": 1, "gpu_type": "gpu"}, "--gpu-type: received 'gpu'; the resource of a device plugin"),
        ({"gpus": 1, "gpu_selector": ("pool",)}, "--gpu-selector: received 'pool'; a node label KEY=VALUE"),
        ({"gpus": 1, "gpu_selector": ("pool=a b",)}, "--gpu-selector: received 'pool=a b'"),
        ({"gpus": 1, "gpu_toleration": ("a b",)}, "--gpu-toleration: received 'a b'; the key of a taint"),
        ({"gpu_selector": ("pool=gpu",)}, "--gpu-selector: is of use with --gpus N alone; add --gpus 1"),
        ({"gpu_toleration": ("pool",)}, "--gpu-toleration: is of use with --gpus"),
        ({"gpu_type": "amd.com/gpu"}, "--gpu-type: is of use with --gpus"),
        ({"workers": 0}, "--workers: received 0; 1 to 256"),
        ({"retries": -1}, "--retries: received -1; 0 to 20"),
        ({"timeout": 59}, "--timeout: received 59; 60 to"),
        ({"metadata": ""}, "--metadata: received ''; mysql://USER@HOST:PORT/DATABASE is expected: pods cannot share"),
        ({"metadata": "postgresql://u@h:1/d"}, "--metadata: received 'postgresql"),
        ({"metadata": "mysql://h:1/d"}, "--metadata: received"),
        ({"metadata": "mysql://u@h/d"}, "--metadata: received"),
        ({"metadata": "mysql://u@h:x/d"}, "--metadata: received"),
        ({"metadata": "mysql://u@h:1"}, "--metadata: received"),
        ({"metadata_secret": "My_Secret"}, "--metadata-secret: received 'My_Secret'; the name of a Secret"),
        ({"pull_policy": "always"}, "--pull-policy: received 'always'; one of IfNotPresent, Always, Never"),
        ({"pull_secret": "a b"}, "--pull-secret: received 'a b'; the name of a Secret"),
        ({"beam": "prism"}, "--beam: received 'prism'; one of local, flink, spark, dataflow"),
        ({"beam": "flink"}, "--beam flink: no session is named; add --flink-master"),
        ({"flink_master": "flink:8081"}, "--flink-master: received 'flink:8081' with --beam local; it goes with"),
        ({"beam": "flink", "flink_master": "flink"}, "--flink-master: received 'flink'; HOST:PORT"),
        ({"beam": "spark", "beam_arg": ("parallelism=4",)}, "--beam-arg: received 'parallelism=4'; --KEY=VALUE"),
        ({"beam": "spark"}, "--beam spark: no job server is named; add --beam-arg=--job_endpoint"),
        ({"beam": "dataflow", "beam_arg": ("--project=p",)}, "--beam dataflow: add --beam-arg=--region"),
        ({"beam_arg": ("--runner=DirectRunner",)}, "--beam-arg: received '--runner=DirectRunner'; --beam chooses"),
        ({"beam_arg": ("--job_endpoint=jobs",)}, "--beam-arg --job_endpoint: received 'jobs'; HOST:PORT"),
    ],
)
def test_what_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=f"^{message}") as refused:
        Options(**{"image": IMAGE} | options)
    assert "\n" not in str(refused.value)


def test_a_password_is_refused_and_not_repeated() -> None:
    with pytest.raises(InputError, match="a URL with a password") as refused:
        Options(IMAGE, metadata="mysql://slipway:hunter2@db:3306/slipway")
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("image", ["a", "a:1", "localhost:5000/a/b:x", f"r.example.com/a@sha256:{'0' * 64}"])
def test_images(image: str) -> None:
    assert Options(image).image == image


@pytest.mark.parametrize("scheme", ["s3", "s3a", "minio"])
def test_stores_that_tensorflow_cannot_read_are_refused_with_the_reason(scheme: str) -> None:
    with pytest.raises(InputError, match=rf"^--root: received '{scheme}://b/x'; .*no file system for {scheme}://"):
        Options(IMAGE, root=f"{scheme}://b/x")


@pytest.mark.parametrize(
    "root", ["", "slipway", "/mnt/x", "pvc://", "pvc:/a", "pvc://a//b", "pvc://a/../b", "gs://B", "gs://a b"]
)
def test_roots_that_are_none(root: str) -> None:
    with pytest.raises(InputError, match=r"^--root: received .*; pvc://NAME\[/PREFIX\] or gs://BUCKET\[/PREFIX\]"):
        roots.parse(root)


def test_the_folders_of_a_claim() -> None:
    root = roots.parse("pvc://shared/team/a")
    assert (root.claim, root.mount, root.home, root.data, root.bucket) == (
        "shared", "/mnt/slipway", "/mnt/slipway/team/a/home", "/mnt/slipway/team/a/data", "",
    )  # fmt: skip


@given(st.text())
def test_any_text_is_a_root_or_an_input_error(text: str) -> None:
    for scheme in ("", "pvc://", "gs://"):
        try:
            root = roots.parse(scheme + text)
        except InputError as error:
            assert len(str(error).splitlines()) == 1
        else:
            assert root.folder == root.mount or root.folder.startswith(f"{root.mount}/")
            assert ".." not in root.folder.split("/")


@given(st.integers(0, 10**6))
def test_milli_cores_are_thousandths(milli: int) -> None:
    assert quantities.cores(f"{milli}m") == pytest.approx(quantities.cores(f"{milli / 1000:.3f}"))


@given(st.integers(0, 10**6), st.sampled_from(list(enumerate("KMGTPE", 1))))
def test_memory_units(number: int, unit: tuple[int, str]) -> None:
    power, letter = unit
    assert quantities.octets(f"{number}{letter}i") == number * 1024**power
    assert quantities.octets(f"{number}{letter}") == number * 1000**power
    assert quantities.octets(str(number)) == number


@given(st.text())
def test_any_other_text_is_no_amount(text: str) -> None:
    for read in (quantities.cores, quantities.octets):
        try:
            assert read(text) >= 0
        except ValueError as error:
            assert "is no amount of" in str(error)
