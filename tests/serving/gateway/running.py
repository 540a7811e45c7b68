"""The real `slipway gateway` in a process of its own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[3]


class Running:
    """A gateway that listens.

    Attributes:
      http: a client of it.
      url: its address.
    """

    def __init__(self, folder: Path, *options: str, home: Path | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._err = folder / "stderr"
        command = [sys.executable, str(ROOT / "slipway.py"), "gateway", "--port", "0", *options]
        environment = os.environ | {"SLIPWAY_HOME": str(home or folder)}
        with self._err.open("w") as err:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=err, text=True
            )
        assert self.process.stdout is not None
        self.line = self.process.stdout.readline()
        assert self.line, self._err.read_text()
        self.url = self.line.split()[1]
        self.http = httpx.Client(base_url=self.url, timeout=30, verify=False, trust_env=False)

    def predict(self, model: str, body: Any, **options: Any) -> httpx.Response:
        """POST of a JSON body."""
        path = options.pop("path", f"/v1/models/{model}/predict")
        return self.http.post(path, json=body, **options)

    @property
    def log(self) -> list[dict[str, Any]]:
        """The log's lines; waits until what was done before is there."""
        time.sleep(0.2)
        return [json.loads(line) for line in self._err.read_text().splitlines()]

    @property
    def requests(self) -> list[dict[str, Any]]:
        return [line for line in self.log if line["event"] == "request"]

    @property
    def text(self) -> str:
        time.sleep(0.2)
        return self._err.read_text()

    def stop(self) -> int:
        """Ends it as a platform does; gives the exit code."""
        self.http.close()
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(timeout=30)
        finally:
            self.process.kill()
            assert self.process.stdout is not None
            self.process.stdout.close()


def eventually(is_so: Callable[[], bool], seconds: float = 20) -> None:
    """Waits until something is so."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)
