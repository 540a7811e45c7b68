"""`slipway compile` as it is typed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
IMAGE = "registry.example.com/slipway-trainer:1.0"
Done = subprocess.CompletedProcess[str]


def compile_(*arguments: str, **variables: str) -> Done:
    command = [sys.executable, "slipway.py", "compile", *arguments]
    return subprocess.run(command, cwd=ROOT, env=os.environ | variables, capture_output=True, text=True, timeout=60)


def refusal(done: Done) -> str:
    assert (done.returncode, done.stdout) == (2, "")
    lines = done.stderr.splitlines()
    assert len(lines) == 1 and lines[0].startswith("slipway: "), done.stderr
    return lines[0].removeprefix("slipway: ")


def test_other_processes_write_the_same_bytes(tmp_path: Path) -> None:
    """Sets of names have another order in each."""
    for seed in "12":
        done = compile_(
            "titanic", "--image", IMAGE, "--gpus", "1", "-o", str(tmp_path / f"{seed}.yaml"), PYTHONHASHSEED=seed
        )
        assert (done.returncode, done.stderr) == (0, "")
    first, second = ((tmp_path / f"{seed}.yaml").read_bytes() for seed in "12")
    assert first == second
    assert sorted(file.name for file in tmp_path.iterdir()) == ["1.yaml", "2.yaml"]


def test_json_names_the_tasks(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    done = compile_("auto_mpg", "--image", IMAGE, "-o", str(file), "--json", "--pod-per-node")
    report = json.loads(done.stdout)
    assert report["file"] == str(file) and len(report["sha256"]) == 64
    spec, _ = yaml.safe_load_all(file.read_text())
    assert {task["name"] for task in report["tasks"]} == set(spec["root"]["dag"]["tasks"])
    assert {
        "name": "evaluator",
        "nodes": ["LatestBlessed", "Evaluator"],
        "after": ["example-gen", "trainer"],
    } in report["tasks"]


def test_no_option_is_lost_on_the_way(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    done = compile_(
        "digits", "--image", IMAGE, "-o", str(file), "--root", "pvc://team/a", "--cpu", "Trainer=4", "--cpu", "Cases=3",
        "--memory", "Trainer=8Gi", "--gpus", "2", "--gpu-selector", "pool=a", "--gpu-selector", "zone=b",
        "--gpu-toleration", "t", "--gpu-toleration", "u", "--gpu-type", "amd.com/gpu", "--retries", "1",
        "--timeout", "600", "--metadata", "mysql://u@h:1/d", "--metadata-secret", "other",
        "--pull-policy", "Always", "--pull-secret", "registry",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    spec, platform = yaml.safe_load_all(file.read_text())
    train = spec["deploymentSpec"]["executors"]["exec-train"]["container"]
    pod = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]["exec-train"]
    assert train["resources"]["resourceCpuRequest"] == "4" and train["resources"]["resourceMemoryLimit"] == "8Gi"
    assert train["resources"]["accelerator"]["resourceType"] == "amd.com/gpu"
    assert {"name": "SLIPWAY_METADATA", "value": "mysql://u@h:1/d"} in train["env"]
    assert {"name": "SLIPWAY_HOME", "value": "/mnt/slipway/a/home"} in train["env"]
    assert pod["nodeSelector"]["labels"] == {"pool": "a", "zone": "b"} and [t["key"] for t in pod["tolerations"]] == [
        "t",
        "u",
    ]
    assert pod["pvcMount"][0]["constant"] == "team" and pod["secretAsEnv"][0]["secretName"] == "other"
    assert (pod["imagePullPolicy"], pod["activeDeadlineSeconds"]) == ("Always", "600")
    assert pod["imagePullSecret"][0]["secretName"] == "registry"
    assert spec["root"]["dag"]["tasks"]["train"]["retryPolicy"]["maxRetryCount"] == 1
    cases = spec["deploymentSpec"]["executors"]["exec-evaluate"]["container"]
    assert cases["resources"]["resourceCpuRequest"] == "3"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["titanik"], "unknown dataset 'titanik': did you mean titanic?"),
        (
            ["titanic", "--root", "s3://bucket"],
            "--root: received 's3://bucket'; pvc://NAME[/PREFIX] or gs://BUCKET[/PREFIX]",
        ),
        (["titanic", "--gpus", "many"], "Invalid value for '--gpus'"),
        (["titanic", "--retries", "-1"], "--retries: received -1; 0 to 20 is expected"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_written(tmp_path: Path, arguments: list[str], message: str) -> None:
    assert refusal(compile_(*arguments, "--image", IMAGE, "-o", str(tmp_path / "x.yaml"))).startswith(message)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_yaml(tmp_path: Path) -> None:
    message = refusal(compile_("titanic", "--image", IMAGE, "-o", str(tmp_path / "x.json")))
    assert message.startswith("-o: received ") and message.endswith("a name that ends with .yaml is expected")


def test_neither_tensorflow_nor_tfx_is_loaded(tmp_path: Path) -> None:
    arguments = ["slipway", "compile", "titanic", "--image", IMAGE, "-o", str(tmp_path / "x.yaml")]
    code = (
        f"import os, sys; sys.argv = {arguments!r}; import slipway\n"
        "try:\n    slipway.main()\n"
        "finally:\n    print(sorted({'tensorflow', 'tfx', 'apache_beam'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "[]\n")


def test_without_the_libraries_of_kubeflow(tmp_path: Path) -> None:
    """Their metadata is hidden from a Python that has them."""
    code = (
        "import sys; from importlib import metadata; known = metadata.version\n"
        "def version(name):\n"
        "    if name.startswith('kfp'): raise metadata.PackageNotFoundError(name)\n"
        "    return known(name)\n"
        "metadata.version = version\n"
        f"sys.argv = ['slipway', 'compile', 'titanic', '--image', 'a', '-o', {str(tmp_path / 'x.yaml')!r}]\n"
        "import slipway; slipway.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert refusal(done) == "this command needs kfp; install it with: pip install 'slipway[kubeflow]'"
