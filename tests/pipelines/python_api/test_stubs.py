"""The stubs that type checkers read say what slipway.py says."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_the_stubs_are_those_of_the_module(tmp_path: Path) -> None:
    shutil.copy(ROOT / "slipway-stubs" / "__init__.pyi", tmp_path / "slipway.pyi")
    environment = os.environ | {"MYPYPATH": f"{tmp_path}{os.pathsep}{ROOT}", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "mypy.stubtest", "slipway", "--mypy-config-file", str(ROOT / "pyproject.toml")]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
