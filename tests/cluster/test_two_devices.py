"""Several devices in one process; TensorFlow must be told of them before it does anything."""

import subprocess
import sys
from pathlib import Path


def test_two_devices_train_as_one_does() -> None:
    tests = Path(__file__).with_name("on_two_devices.py")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", str(tests), "-x", "-p", "no:cacheprovider"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-4000:]
