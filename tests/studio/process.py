"""The real studio in a process of its own, with a small page in place of the built one."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from studio.jobs.process import Process

ROOT = Path(__file__).parents[2]
OWN = {"x-slipway-studio": "1"}  # as the page sends it
_PROGRAM = """
import json, sys
from pathlib import Path
from schemas.home import Home
from studio.server import server
from studio.settings import Settings
server.run(Home.from_environment(), Settings(**json.loads(sys.argv[1])), Path(sys.argv[2]))
"""


def built(folder: Path) -> Path:
    """A page as Vite lays it out."""
    (folder / "assets").mkdir(parents=True, exist_ok=True)
    (folder / "index.html").write_text("<!doctype html><title>Slipway studio</title>")
    (folder / "assets" / "index-abc123.js").write_text("export const words = 'slipway';\n" * 200)
    return folder


class RunningStudio:
    """A studio that listens.

    Attributes:
      url: its address, without the token.
      line: what it printed.
      http: a client that sends what the page sends.
    """

    def __init__(self, home: Path, variables: dict[str, str] | None = None, **settings: Any) -> None:
        self.home = home
        self._err = home.with_name(f"{home.name}.stderr")
        command = [sys.executable, "-c", _PROGRAM, json.dumps({"port": 0} | settings), str(built(home.parent / "page"))]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SLIPWAY_STUDIO")}
        path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        kept.setdefault("SLIPWAY_DATA", str(ROOT.parent / "shared" / "data"))  # as tests/conftest.py looks for it
        environment = kept | {"SLIPWAY_HOME": str(home), "PYTHONPATH": path} | (variables or {})
        with self._err.open("a") as err:
            self.process = subprocess.Popen(
                command, cwd=home.parent, env=environment, stdout=subprocess.PIPE, stderr=err, text=True
            )
        assert self.process.stdout is not None
        self.line = self.process.stdout.readline()
        assert self.line, self.log
        self.url = self.line.split()[1].partition("?")[0].rstrip("/").replace("0.0.0.0", "127.0.0.1")
        self.http = httpx.Client(base_url=self.url, headers=OWN, timeout=120, trust_env=False)

    @property
    def log(self) -> str:
        """Its stderr."""
        return self._err.read_text()

    def end(self, which: signal.Signals = signal.SIGTERM) -> int:
        """Ends it; returns the exit code."""
        self.http.close()
        self.process.send_signal(which)
        return self.process.wait(60)

    def clear(self) -> None:
        """Ends it if it runs, and the jobs that it would leave running."""
        if self.process.poll() is None:
            self.end()
        for file in self.home.glob("studio/jobs/*/job.json"):
            left = Process.find(file.parent.name, json.loads(file.read_text() or "{}").get("pid"))
            if left is not None:
                left.kill()


def eventually(found: Callable[[], Any], seconds: float = 180) -> Any:
    """The first value that is true."""
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.1)
    return value
