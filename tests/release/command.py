"""Runs the commands of a release as `make` does, with the tools in their own environment."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / ".venv" / "release" / "bin" / "python"
PAGE = ROOT / "studio" / "static" / "index.html"


def missing() -> str | None:
    """Why no release can be made here, or None."""
    if not TOOLS.exists():
        return "the tools of a release are not installed: make .venv/release/installed"
    return None if PAGE.is_file() else "studio/static is not built: make studio"


def make(*arguments: str, umask: int = 0o022) -> subprocess.CompletedProcess[str]:
    """`python -m release make` with ``arguments``, of this work tree as it is."""
    command = [TOOLS, "-m", "release", "make", *arguments, "--dirty"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, umask=umask)
