"""The page's typed client is what the server's OpenAPI document says today."""

import shutil
import subprocess
from pathlib import Path

import pytest

from studio.server import openapi
from tests.e2e.command import REPOSITORY

WEB = REPOSITORY / "studio" / "web"
ADVICE = "run: npm --prefix studio/web run api"


def test_the_document_is_the_servers() -> None:
    assert (WEB / "openapi.json").read_text(encoding="utf-8") == openapi.document(), ADVICE


def test_the_types_are_the_documents(tmp_path: Path) -> None:
    command = WEB / "node_modules" / ".bin" / "openapi-typescript"
    if shutil.which("node") is None or not command.exists():
        pytest.skip("openapi-typescript is not installed: make studio")
    subprocess.run(
        [command, WEB / "openapi.json", "--output", tmp_path / "schema.d.ts"], check=True, capture_output=True
    )
    assert (tmp_path / "schema.d.ts").read_text() == (WEB / "src" / "api" / "schema.d.ts").read_text(), ADVICE
