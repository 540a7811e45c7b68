"""A studio as a person starts it, and browsers of two sizes."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.command import REPOSITORY

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SIZES: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1280, "height": 800}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}
PATIENCE = 120_000  # milliseconds for what a page waits for; machines differ


@pytest.fixture
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a studio with a home of its own, without a model that a new one must beat; it ends as Ctrl-C ends it."""
    if not (REPOSITORY / "studio" / "static" / "index.html").is_file():
        pytest.skip("studio/static is not built: make studio")
    home = tmp_path_factory.mktemp("home")
    environment = os.environ | {"SLIPWAY_HOME": str(home)}
    command = [sys.executable, str(REPOSITORY / "slipway.py"), "studio", "--port", "0"]
    started = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, cwd=home)
    assert started.stdout is not None
    try:
        yield started.stdout.readline().split()[1].rstrip("/")
    finally:
        started.send_signal(signal.SIGINT)
        started.wait(60)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("no chromium is installed")
    with playwright.sync_playwright() as started:
        found = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def opened(browser: Any, studio: str, tmp_path: Path) -> Iterator[Callable[[str], Any]]:
    """Opens the first page in a browser of a size; an error that a page writes on the console fails the test."""
    errors: list[str] = []
    contexts: list[Any] = []

    def opened(size: str) -> Any:
        contexts.append(browser.new_context(**SIZES[size], base_url=studio))
        contexts[-1].set_default_timeout(PATIENCE)
        page = contexts[-1].new_page()
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto("/")
        return page

    yield opened
    for context in contexts:
        context.close()
    # Keras may still be loading at the first call of the palette, which is answered with 503 and asked again.
    assert [error for error in errors if "503" not in error] == []
