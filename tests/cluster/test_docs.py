"""The part of docs/kubernetes.md that needs no cluster is run as it stands there, one block after the other."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.k8s import page
from tests.k8s.container import ROOT
from tests.serving.client.servers import free_port

# What differs from run to run: ids, seconds, the address of the home, confidences and the folder of a version.
_DIFFERS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+\.\d+ s|after \d+ s|\d+\.\d{3,}|\d{6,}")
# Ends the servers that a block has started, and waits for them.
_LAST = "trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT"


def plain(text: str, home: str) -> list[str]:
    lines = _DIFFERS.sub("#", text.replace(home, "HOME")).splitlines()
    return [" ".join(line.split()) for line in lines if line.strip()]


def test_the_page_s_commands_print_what_it_shows(tmp_path: Path) -> None:
    if not shutil.which("curl"):
        pytest.skip("no curl here")
    grpc, rest, http = (str(free_port()) for _ in range(3))
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    with_ports = {
        "slipway serve": f"slipway serve --grpc-port {grpc} --rest-port {rest} >/dev/null 2>&1",
        "slipway gateway": f"slipway gateway --port {http} --upstream 127.0.0.1:{grpc} >/dev/null 2>&1",
        "localhost:8080": f"localhost:{http}",
    }
    command = tmp_path / "bin" / "slipway"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{ROOT}/slipway.py" "$@"\n')
    command.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SLIPWAY_")}
    environment["PATH"] = f"{command.parent}:{environment['PATH']}"
    assert len(page.examples()) == 3
    for example in page.examples():
        commands = example.commands
        for written, used in with_ports.items():
            commands = commands.replace(written, used)
        done = subprocess.run(
            ["bash", "-ec", f"{_LAST}\n{commands}"],
            cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=560,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout
        assert plain(done.stdout, str(tmp_path)) == plain(example.shown, "/home/ada/slipway"), done.stdout
