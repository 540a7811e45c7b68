"""A wheel of this repository, in an environment that has nothing but the lock's packages, runs a page of the user's."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sklearn.datasets import load_wine

from tests.e2e.command import REPOSITORY, copy_of_code

PAGE = re.compile(r"`pipelines/wine.py`:\n\n```python\n(.*?)```", re.DOTALL)
# The README's page, with one feature that a module beside it derives.
HUE, TINT = '"hue": Number(),', '"tint": Number(derived="wine_features:tint", of=("hue",)),'
FEATURES = """import tensorflow as tf


def tint(hue: tf.Tensor) -> tf.Tensor:
    return tf.square(tf.strings.to_number(hue))
"""
COLUMNS = ("alcohol", "malic_acid", "flavanoids", "color_intensity", "proline")
SCHEMA = "\n".join(
    f'feature {{ name: "{name}" type: FLOAT presence {{ min_fraction: 1.0 }} float_domain {{ min: 0.0 max: 5000.0 }} }}'
    for name in COLUMNS
)
REST = """
feature { name: "hue" type: BYTES presence { min_fraction: 1.0 } }
feature { name: "target" type: INT presence { min_fraction: 1.0 } int_domain { min: 0 max: 2 } }
"""
CASES = (
    '{"input": {"alcohol": 13.7, "hue": "1.1", "proline": 1100}, "expect": {"answer": true}, "why": "A strong one."}\n'
)
# Docker compose reads the first ones there; the page that is built of the last ones is packed.
OF_A_CLONE = ("serving/compose.yaml", "serving/compose/", "serving/.env", "studio/web/")
STUBS = "slipway-stubs"
BUILT = ("setup.py", "pyproject.toml", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def uv() -> str:
    own = REPOSITORY / ".venv" / "uv" / "bin" / "uv"
    found = str(own) if own.exists() else shutil.which("uv")
    if found is None:
        pytest.skip("no uv: make setup installs it")
    return found


@pytest.fixture(scope="module")
def wheel(uv: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy: what an earlier build left in the repository would get into it."""
    source = copy_of_code(tmp_path_factory.mktemp("source"))
    for name in BUILT:
        shutil.copy(REPOSITORY / name, source)
    shutil.copytree(REPOSITORY / STUBS, source / STUBS)
    command = [
        uv,
        "build",
        "--wheel",
        "--no-build-isolation",
        "--python",
        sys.executable,
        "--out-dir",
        str(source / "dist"),
    ]
    subprocess.run([*command, str(source)], check=True, capture_output=True)
    (built,) = (source / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(uv: str, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the programs of an environment that has the lock's packages and the wheel."""
    programs = tmp_path_factory.mktemp("installed") / "bin"
    into = ["--quiet", "--python", str(programs / "python")]
    for command in (
        ["venv", "--quiet", "--python", sys.executable, str(programs.parent)],
        ["pip", "sync", *into, "--require-hashes", str(REPOSITORY / "requirements.lock")],
        ["pip", "install", *into, "--no-deps", str(wheel)],
    ):
        subprocess.run([uv, *command], check=True, cwd=programs.parent.parent)
    return programs


@pytest.fixture(scope="module")
def slipway(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """Runs the installed program in a folder that has the user's page and its data, and returns its JSON."""
    project = tmp_path_factory.mktemp("project")
    (page,) = PAGE.findall((REPOSITORY / "README.md").read_text(encoding="utf-8"))
    assert HUE in page
    files = {
        "wine.py": page.replace(HUE, TINT),
        "wine.pbtxt": SCHEMA + REST,
        "wine.cases.jsonl": CASES,
        "wine_features.py": FEATURES,
    }
    (project / "pipelines").mkdir()
    for name, text in files.items():
        (project / "pipelines" / name).write_text(text, encoding="utf-8")
    (project / "data" / "wine").mkdir(parents=True)
    load_wine(as_frame=True).frame.to_csv(project / "data" / "wine" / "wine.csv", index=False)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SLIPWAY_", "PYTHON"))}

    def slipway(*arguments: str) -> Any:
        command = [str(installed / "slipway"), *arguments, "--json"]
        environment = kept | {"SLIPWAY_DATA": "data"}
        done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, timeout=540)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    return slipway


def test_the_wheel_has_every_file_of_its_packages(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as content:
        packed = set(content.namelist())
    packages = {name.partition("/")[0] for name in packed if name.endswith(("/__init__.py", "/__init__.pyi"))}
    assert {"pipelines", "schemas"} <= packages
    here = (file for package in packages for file in (REPOSITORY / package).rglob("*") if file.is_file())
    names = (str(file.relative_to(REPOSITORY)) for file in here if "__pycache__" not in file.parts)
    needed = {name for name in names if not name.startswith(OF_A_CLONE)}
    assert needed | {"slipway.py"} == {name for name in packed if ".dist-info/" not in name}


def test_a_page_of_the_user_s_runs_and_answers(slipway: Callable[..., Any]) -> None:
    rows = {row["name"]: row for row in slipway("list")["datasets"]}
    assert rows["wine"]["path"].endswith("/project0/pipelines/wine.py")
    assert "/site-packages/pipelines/" in rows["titanic"]["path"]
    result = slipway("run", "wine")
    assert result["blessed"] and result["metrics"]["accuracy"] >= 0.9
    assert result["cases"]["count"] == 1
    answer = slipway("predict", "wine", '{"alcohol": 13.7, "hue": "1.1", "proline": 1100}')
    assert answer["output"]["class"] in ("first", "second", "third")
    assert [entry["version"] for entry in slipway("versions", "wine")["versions"]] == ["1.0.0"]
