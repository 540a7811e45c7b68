"""Runs the real command line in a process of its own, as a user would."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e import warm

REPOSITORY = Path(__file__).parents[2]
PACKAGES = sorted(path.parent.name for path in REPOSITORY.glob("*/__init__.py"))


@dataclass(frozen=True)
class Slipway:
    """The command line with a home of its own.

    Attributes:
      home: $SLIPWAY_HOME.
      data: $SLIPWAY_DATA.
      code: the folder whose slipway.py is run.
      seconds: the most that a command may take.
    """

    home: Path
    data: Path
    code: Path = REPOSITORY
    seconds: float = 540

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Starts a process that imports all that it uses."""
        return subprocess.Popen(
            [sys.executable, str(self.code / "slipway.py"), *arguments],
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.home.parent,
        )

    def ended(self, *arguments: str) -> tuple[int, str, str]:
        """Runs to the end, with libraries that are imported already; returns the exit code, stdout and stderr."""
        command = [str(self.code / "slipway.py"), *arguments]
        return warm.run(command, self._environment(), self.home.parent, timeout=self.seconds)

    def _environment(self) -> dict[str, str]:
        return os.environ | {"SLIPWAY_HOME": str(self.home), "SLIPWAY_DATA": str(self.data)}

    def __call__(self, *arguments: str, expect: int = 0) -> tuple[str, str]:
        """Runs to the end; returns stdout and stderr."""
        code, out, err = self.ended(*arguments)
        assert code == expect, f"exit {code}, not {expect}\n{out}\n{err}"
        return out, err

    def json(self, *arguments: str, expect: int = 0) -> dict[str, Any]:
        result: dict[str, Any] = json.loads(self(*arguments, "--json", expect=expect)[0])
        return result

    def refused(self, *arguments: str) -> str:
        """The one line of an error that is the user's to mend."""
        out, err = self(*arguments, expect=2)
        (line,) = [line for line in err.splitlines() if line.startswith("slipway: ")]
        assert "Traceback" not in err + out
        return line


def copy_of_code(folder: Path) -> Path:
    """The program's own sources in another folder, to be edited."""
    for package in PACKAGES:
        shutil.copytree(
            REPOSITORY / package, folder / package, ignore=shutil.ignore_patterns("__pycache__", "node_modules")
        )
    shutil.copy(REPOSITORY / "slipway.py", folder)
    return folder
