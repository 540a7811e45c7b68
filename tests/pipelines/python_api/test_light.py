"""What `import slipway` loads, in a process of its own."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
HEAVY = {"tensorflow", "numpy", "pandas", "pyarrow", "keras", "rich", "typer", "tfx", "PIL"}


def test_importing_slipway_loads_nothing_heavy() -> None:
    code = "import slipway, sys; slipway.run, slipway.load, slipway.InputError; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "slipway" in loaded and not loaded & HEAVY


def test_it_is_the_command_line_too() -> None:
    command = [sys.executable, "slipway.py", "versions", "nothing_of_this_name", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2 and done.stderr.startswith("slipway: ") and "nothing_of_this_name" in done.stderr
