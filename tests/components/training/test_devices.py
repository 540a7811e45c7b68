"""What a process is told of its devices, and what it may not do silently."""

import pytest
import tensorflow as tf

from components.training import devices
from schemas.errors import InputError


def test_a_process_alone_without_gpus_trains_on_the_cpu() -> None:
    found = devices.find(1, {})
    assert (found.text, found.is_chief, found.strategy.num_replicas_in_sync) == ("CPU", True, 1)


def test_gpus_that_were_given_must_be_seen() -> None:
    seen = len(tf.config.list_physical_devices("GPU"))
    with pytest.raises(
        InputError, match=rf"TensorFlow sees {seen} GPUs, and this pod was given 99 \(SLIPWAY_GPUS=99\)"
    ):
        devices.find(1, {devices.GPUS: "99"})


def test_several_workers_never_become_one() -> None:
    with pytest.raises(RuntimeError, match="workers=2, but TF_CONFIG is not set"):
        devices.find(2, {})


def test_gpus_are_described_by_number_and_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda gpu: {"device_name": gpu})
    assert devices.described([]) == "CPU"
    assert devices.described(["NVIDIA L4"]) == "1 GPU (NVIDIA L4)"
    assert devices.described(["NVIDIA L4", "NVIDIA L4"]) == "2 GPUs (NVIDIA L4)"
    monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda gpu: {})
    assert devices.described(["?", "?"]) == "2 GPUs"
