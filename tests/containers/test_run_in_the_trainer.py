"""`slipway run digits` in the trainer's image, as restricted as a pod may be: no network, 4 GB, a read-only root, uid 1000."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.containers import images

pytestmark = [
    pytest.mark.skipif(images.missing() is not None, reason=f"no containers: {images.missing()}"),
    pytest.mark.timeout(1800),  # the image may have to be built
]
POD = ("--network=none", "--memory=4g", "--memory-swap=4g", "--read-only", "--tmpfs=/tmp", "--user=1000:1000",
       "--cap-drop=ALL", "--security-opt=no-new-privileges")  # fmt: skip


def test_digits_are_blessed_with_the_rights_of_a_pod(tmp_path: Path) -> None:
    image, volume = images.image("trainer"), tmp_path / "slipway"
    volume.mkdir()
    volume.chmod(0o777)
    command = ["docker", "run", "--rm", *POD, f"--volume={volume}:/mnt/slipway", image, "run", "digits", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-3000:]
    result = json.loads(done.stdout)
    assert result["blessed"] and result["version"] == "1.0.0"
    pushed = volume / Path(result["pushed_to"]).relative_to("/mnt/slipway")
    assert (pushed / "saved_model.pb").stat().st_uid == 1000
    print(f"\nslipway run digits in the trainer's image, no network, 4 GB: {result['seconds']['total']:.1f} s")
