"""KFP's own local runner on a compiled pipeline: what docs/kubernetes.md says that it does, and that it does not."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from docker.types import Mount
from kfp import components, dsl, kubernetes, local
from kfp.local import config

from pipelines.kubeflow import compiler
from pipelines.kubeflow.layout import Options
from tests.cluster.test_simulate import MOUNT
from tests.containers import images
from tests.pipelines.kubeflow.simulate.made import task, write

pytestmark = [
    pytest.mark.skipif(images.missing() is not None, reason=f"no containers: {images.missing()}"),
    pytest.mark.timeout(1800),  # the image may have to be built
]
LEFT_OUT = """
import json, os
os.makedirs(os.path.dirname(given["out"]), exist_ok=True)
open(given["out"], "w").write(json.dumps({
    "user": os.getuid(), "variables": [os.environ.get(name) for name in ("STORE", "PASSWORD")],
    "volume": os.path.exists("/mnt/slipway"), "run": given["run"],
}))
"""


@pytest.fixture(autouse=True)
def no_session_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """kfp.local keeps its session in a class: with one, components would run in the tests that follow."""
    monkeypatch.setattr(config.LocalExecutionConfig, "instance", None)


def run(file: Path, runner: local.DockerRunner, **parameters: Any) -> Path:
    """Runs a compiled pipeline; returns the folder in which its outputs are, TASK/OUTPUT."""
    root = file.parent / "root"
    root.mkdir(exist_ok=True)
    root.chmod(0o777)  # it is mounted as it is, and the pod's user makes the folders of outputs
    local.init(runner, pipeline_root=str(root))
    components.load_component_from_file(str(file))(**parameters)
    (made,) = root.iterdir()
    return made


def compiled(tmp_path: Path) -> Path:
    file = tmp_path / "digits.yaml"
    file.write_text(compiler.compiled("digits", Options(images.image("trainer"))))
    return file


def test_digits_with_what_only_the_runner_can_be_told(tmp_path: Path) -> None:
    file, volume = compiled(tmp_path), tmp_path / "slipway"
    volume.mkdir()
    volume.chmod(0o777)
    runner = local.DockerRunner(
        entrypoint=[], user="1000:1000", mounts=[Mount(MOUNT, str(volume), "bind")], mem_limit="4g", network_mode="none",
        read_only=True, tmpfs={"/tmp": ""}, cap_drop=["ALL"], security_opt=["no-new-privileges"],
    )  # fmt: skip
    made = run(file, runner, settings='["epochs=8"]')
    result = json.loads((made / "evaluate" / "result").read_text())
    assert result["blessed"] and result["version"] == "1.0.0"
    assert (volume / Path(result["pushed_to"]).relative_to(MOUNT) / "saved_model.pb").exists()
    assert (volume / "home" / "metadata.db").exists(), "the URL of MariaDB is left out with the other variables"


def test_the_entry_point_of_the_image_stays_before_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # It asks for the exit code of a container that removes itself, and takes one that is gone for a success.
    with contextlib.suppress(RuntimeError):
        run(compiled(tmp_path), local.DockerRunner())
    assert "No such command 'python'" in capsys.readouterr().out


def test_what_it_leaves_out(tmp_path: Path) -> None:
    image = images.base()

    def pipeline() -> None:
        step = task("only", LEFT_OUT, image, run=dsl.PIPELINE_JOB_ID_PLACEHOLDER, out=dsl.OutputPath(str))
        step.set_env_variable("STORE", "here")
        kubernetes.use_secret_as_env(step, "store", {"password": "PASSWORD"})
        kubernetes.mount_pvc(step, "slipway", MOUNT)
        kubernetes.set_security_context(step, run_as_user=1000)

    found = json.loads((run(write(tmp_path, pipeline), local.DockerRunner()) / "only" / "out").read_text())
    assert found.pop("run").isdigit()
    assert found == {"user": 0, "variables": [None, None], "volume": False}


def test_it_neither_retries_nor_limits_memory(tmp_path: Path) -> None:
    image, volume = images.base(), tmp_path / "slipway"
    volume.mkdir()

    def pipeline() -> None:
        code = "import os; os.urandom(256 << 20); open('/mnt/slipway/attempts', 'a').write('x'); sys.exit(1)"
        task("only", code, image, a="b").set_retry(2).set_memory_limit("64Mi")

    with contextlib.suppress(RuntimeError):  # as above
        run(write(tmp_path, pipeline), local.DockerRunner(mounts=[Mount(MOUNT, str(volume), "bind")]))
    assert (volume / "attempts").read_text() == "x"
