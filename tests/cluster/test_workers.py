"""Two real worker processes train one model; one of them is killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import portpicker
import psutil
import pytest

from pipelines.workers.worker import tf_config
from schemas import curves
from schemas.model_card import ModelCard
from tests.e2e.command import REPOSITORY, Slipway

FOUR = str(REPOSITORY / "docs/images/four.png")
EPOCHS = ("--set", "epochs=12", "--set", "patience=12")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two workers of TensorFlow's wrote (worker_of_test.py)."""
    out = tmp_path_factory.mktemp("trained")
    hosts = [f"127.0.0.1:{portpicker.pick_unused_port()}" for _ in range(2)]
    script = [sys.executable, str(Path(__file__).with_name("worker_of_test.py")), str(out)]
    workers = [
        subprocess.Popen(
            script,
            env=os.environ | {"TF_CONFIG": tf_config(hosts, index), "PYTHONPATH": str(REPOSITORY)},
            stderr=subprocess.PIPE,
            text=True,
        )
        for index in range(2)
    ]
    try:
        for worker in workers:
            _, err = worker.communicate(timeout=500)
            assert worker.returncode == 0, err[-3000:]
    finally:
        for worker in workers:
            worker.kill()
    return out


def test_both_workers_end_with_the_same_weights(trained: Path) -> None:
    one, other = (np.load(trained / f"weights-{worker}.npz") for worker in range(2))
    assert set(one) == set(other) and {key.partition("/")[0] for key in one} == {"plain", "long", "ensemble", "half"}
    for key in one:
        assert np.isfinite(one[key]).all()
        np.testing.assert_array_equal(one[key], other[key])


def test_only_the_chief_writes_logs(trained: Path) -> None:
    assert list((trained / "logs-0").rglob("events.out.tfevents*"))
    assert not (trained / "logs-1").exists()


def test_the_chief_has_the_curves_of_every_model(trained: Path) -> None:
    models = {name: curves.read(trained / "curves-0" / name) for name in ("plain", "ensemble")}
    assert [len(curve.epochs) for curve in models["plain"]] == [3]
    assert [len(curve.epochs) for curve in models["ensemble"]] == [2, 2]


def test_workers_that_differ_are_found_out(trained: Path) -> None:
    for worker in range(2):
        assert (trained / f"devices-{worker}.txt").read_text() == "2 workers x CPU"
        assert (trained / f"differ-{worker}.txt").read_text().startswith("the workers differ in a number;")


@pytest.fixture(scope="module")
def slipway(tmp_path_factory: pytest.TempPathFactory) -> Slipway:
    home = tmp_path_factory.mktemp("slipway") / "home"
    return Slipway(home, home.parent / "no-data")


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The result of one process, in a home of its own: it is no baseline."""
    home = tmp_path_factory.mktemp("alone") / "home"
    return Slipway(home, home.parent / "no-data").json("run", "digits", *EPOCHS)


def workers_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    try:
        children = psutil.Process(process.pid).children(recursive=True)
        return [child for child in children if "pipelines.workers.worker" in child.cmdline()]
    except psutil.Error:
        return []


def checkpoints(home: Path) -> list[Path]:
    return sorted((home / "pipelines/digits/Trainer/.system/checkpoints").glob("training-*"))


def test_two_workers_give_one_model_that_is_as_good(slipway: Slipway, alone: dict[str, Any]) -> None:
    result = slipway.json("run", "digits", *EPOCHS, "--set", "workers=2")
    assert result["devices"] == "2 workers x CPU" and alone["devices"] == "CPU"
    assert result["blessed"] and result["metrics"]["accuracy"] >= alone["metrics"]["accuracy"] - 0.02
    pushed = [folder for folder in (slipway.home / "models/digits").iterdir() if folder.name.isdigit()]
    assert len(pushed) == 1
    assert ModelCard.read(Path(result["pushed_to"])).devices == "2 workers x CPU"
    assert not checkpoints(slipway.home)
    assert not list((slipway.home / "pipelines/digits/Trainer").rglob("worker-1"))
    answer = slipway.json("predict", "digits", FOUR)
    assert answer["output"]["class"] == "4"


@pytest.mark.parametrize("victim", [0, 1], ids=["the chief", "another worker"])
def test_when_a_worker_is_killed_all_end_and_the_next_run_goes_on(slipway: Slipway, victim: int) -> None:
    settings = ("--set", "epochs=30", "--set", "patience=30", "--set", "workers=2", "--set", f"seed={victim + 50}")
    process = slipway.start("run", "digits", *settings)
    until = time.monotonic() + 300
    while not any(folder.joinpath("training.npz").exists() for folder in checkpoints(slipway.home)):
        assert process.poll() is None and time.monotonic() < until, process.communicate()
        time.sleep(0.1)
    started = sorted(workers_of(process), key=lambda child: int(child.environ()["JOB_COMPLETION_INDEX"]))
    assert len(started) == 2
    started[victim].send_signal(signal.SIGKILL)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert f"worker {victim} was killed by signal 9" in err and "a bug of ours" not in err
    assert not any(child.is_running() for child in started)
    _, err = slipway("run", "digits", *settings)
    assert "going on after epoch" in err
    assert not checkpoints(slipway.home)


def test_workers_end_when_the_command_is_killed(slipway: Slipway) -> None:
    process = slipway.start("run", "digits", "--set", "epochs=50", "--set", "workers=2", "--set", "seed=77")
    until = time.monotonic() + 300
    while len(started := workers_of(process)) < 2:
        assert process.poll() is None and time.monotonic() < until
        time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not psutil.wait_procs(started, timeout=60)[1]


def test_what_the_user_can_mend_in_a_worker_is_said_as_in_one_process(slipway: Slipway) -> None:
    environment = {"SLIPWAY_GPUS": "2"}
    os.environ.update(environment)
    try:
        line = slipway.refused("run", "digits", "--set", "workers=2", "--set", "epochs=2")
    finally:
        for key in environment:
            del os.environ[key]
    assert "TensorFlow sees 0 GPUs, and this pod was given 2 (SLIPWAY_GPUS=2)" in line
