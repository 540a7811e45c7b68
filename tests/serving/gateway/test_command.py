"""The gateway as a process: what it imports, weighs and prints."""

import re
import subprocess
import sys
from pathlib import Path

from serving.gateway.problems import KINDS
from tests.serving.gateway.running import ROOT, Running

IMPORTS = """
import sys
import uvicorn
import cli.main
from serving.gateway import app, docs_page, openapi, server
from uvicorn.protocols.http import httptools_impl
import uvloop
print("\\n".join(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def test_the_page_about_serving_names_the_options_that_there_are() -> None:
    text = (ROOT / "docs" / "serving.md").read_text()
    table = text.partition("## Options of the gateway")[2].partition("\n## ")[0]
    command = [sys.executable, "slipway.py", "gateway", "--help"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found = {line.split()[0] for line in shown.splitlines() if line.startswith("  --")} - {"--help"}
    assert found == set(re.findall(r"`(--[\w-]+)", table))


def test_the_page_about_serving_explains_every_status() -> None:
    text = (ROOT / "docs" / "serving.md").read_text()
    table = text.partition("## Errors")[2].partition("\n## ")[0]
    assert {str(status) for status, _, _ in KINDS.values()} - {"500"} <= set(re.findall(r"\b\d{3}\b", table))


def imported() -> set[str]:
    done = subprocess.run([sys.executable, "-c", IMPORTS], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_gateway_imports_neither_tensorflow_nor_numpy() -> None:
    found = imported()
    assert {"fastapi", "grpc", "google"} <= found
    assert found.isdisjoint({"tensorflow", "tensorflow_serving", "numpy", "pandas", "pyarrow", "tfx", "PIL"})


def test_it_stays_under_150_megabytes_after_requests(gateway: Running) -> None:
    for _ in range(50):
        gateway.predict("titanic", {"inputs": [{"Sex": "male"}] * 50})
        gateway.http.get("/docs")
    status = Path(f"/proc/{gateway.process.pid}/status").read_text()
    (peak,) = [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")]
    assert peak < 150 * 1024


def test_the_address_is_printed_in_one_line(gateway: Running) -> None:
    assert gateway.line.startswith("gateway: http://127.0.0.1:")
    assert gateway.line.count("\n") == 1
    assert "no API keys" in gateway.line
