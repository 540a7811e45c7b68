"""Advisories of a made-up package, as a folder and as the services that pip-audit and npm ask."""

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from release.advisories import KNOWN

CANARY = {"id": "PYSEC-1", "affected": [{"package": {"name": KNOWN.name}, "versions": [KNOWN.version]}]}


def advisory(**changes: Any) -> dict[str, Any]:
    """Of ``boat`` below 2.0."""
    events = [{"introduced": "0"}, {"fixed": "2.0"}]
    affected = {
        "package": {"name": "Boat", "ecosystem": "PyPI"},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
        "versions": ["1.0"],
    }
    known = {
        "id": "PYSEC-2026-7",
        "aliases": ["CVE-2026-7"],
        "modified": "2026-11-01T00:00:00Z",
        "affected": [affected],
    }
    return known | changes


def folder(path: Path, *advisories: dict[str, Any]) -> Path:
    """Writes them as pypa/advisory-database has them. YAML reads JSON."""
    for number, each in enumerate(advisories):
        file = path / "vulns" / each["affected"][0]["package"]["name"].lower() / f"{number}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(each, indent=1).replace(' "modified"', "modified").replace('"id"', "id"))
    return path


@contextmanager
def service(answers: dict[str, Any]) -> Iterator[str]:
    """A server that answers with what stands under the package that is asked for, or the path; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            self._answer(json.loads(body).get("package", {}).get("name", self.path))

        def do_GET(self) -> None:
            self._answer(self.path)

        def _answer(self, name: str) -> None:
            text = json.dumps(answers.get(name, {})).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Nothing on stderr."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
