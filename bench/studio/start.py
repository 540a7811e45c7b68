"""How long `slipway studio` takes to show its page, to have Keras, and how much the first load of the page is.

    python bench/studio/start.py [--times 5] [--chromium /usr/bin/chromium]

Needs the built page (`make studio`), and a Chromium for the size of the first load: each file that it loads for the home page,
as it comes over the wire. Writes start.md beside this file; exit code 1 where a figure is not reached.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[2]
MOST_SECONDS, MOST_BYTES = 3.0, 400_000
_LOADED = (
    "performance.getEntries().filter(e => e.encodedBodySize).map(e => [new URL(e.name).pathname, e.encodedBodySize])"
)


def answer(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=60) as found:
        return found.read()


def start(home: str, chromium: str | None) -> tuple[float, float, list[tuple[str, int]]]:
    """Seconds until the page and /api/state answer, until Keras is ready, and the files of the first load with their bytes."""
    command = [sys.executable, str(ROOT / "slipway.py"), "studio", "--port", "0"]
    environment = os.environ | {"SLIPWAY_HOME": home}
    begun = time.perf_counter()
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            url = process.stdout.readline().split()[1]
            answer(url)
            answer(f"{url}api/state")
            up = time.perf_counter() - begun
            while json.loads(answer(f"{url}api/state"))["keras"]["state"] != "ready":
                time.sleep(0.05)
            ready = time.perf_counter() - begun
            return up, ready, first_load(url, chromium) if chromium else []
        finally:
            process.terminate()


def first_load(url: str, chromium: str) -> list[tuple[str, int]]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(url, wait_until="networkidle", timeout=60_000)
        files = page.evaluate(_LOADED)
        browser.close()
    return [(path, size) for path, size in files if not path.startswith("/api/")]


def written(ups: Sequence[float], readies: Sequence[float], files: Sequence[tuple[str, int]]) -> str:
    """The figures for people."""
    machine = f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    total = sum(size for _, size in files)
    lines = [
        "## Start of the studio",
        "",
        f"{machine}; load average {os.getloadavg()[0]:.1f} at the end.",
        "",
        f"`slipway studio`, {len(ups)} starts: the page and /api/state answer after {statistics.median(ups):.2f} s (median; "
        f"slowest {max(ups):.2f}), wanted at most {MOST_SECONDS:g}; Keras is ready after {statistics.median(readies):.1f} s.",
        "",
        f"First load of the home page, compressed: {total:,} bytes in {len(files)} files, wanted at most {MOST_BYTES:,}.",
        "",
        "| file | bytes |",
        "|---|---|",
        *(f"| {path} | {size:,} |" for path, size in sorted(files, key=lambda one: -one[1])),
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    options = parser.parse_args()
    found = []
    for last in [False] * (options.times - 1) + [True]:
        with tempfile.TemporaryDirectory() as home:
            found.append(start(home, options.chromium if last else None))
    ups, readies, files = [one[0] for one in found], [one[1] for one in found], found[-1][2]
    text = written(ups, readies, files)
    Path(__file__).with_suffix(".md").write_text(text)
    print(text)
    return 0 if statistics.median(ups) <= MOST_SECONDS and sum(size for _, size in files) <= MOST_BYTES else 1


if __name__ == "__main__":
    sys.exit(main())
