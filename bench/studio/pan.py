#!/usr/bin/env python
"""How smoothly the studio's editor pans a large graph: times between the frames of a real page in a real studio.

    python bench/studio/pan.py [--nodes 300] [--seconds 4] [--chromium /usr/bin/chromium]

Needs the built page (`make studio`) and a Chromium, which draws without a graphics card here: a person's machine is faster.
The canvas is dragged to and fro with the mouse, once with every node in view, once as large as one works. Writes pan.md
beside this file; exit code 1 where a median is below 30 frames a second.
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
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "bench")]

from processes import publish  # noqa: E402

if TYPE_CHECKING:
    from playwright.sync_api import Page

LEAST_FRAMES = 30
COLUMNS = 15
_RECORD = """() => { window.frames_ = []; window.recording_ = true; let last = performance.now();
  const next = now => { window.frames_.push(now - last); last = now; if (window.recording_) requestAnimationFrame(next); };
  requestAnimationFrame(next); }"""

_FREE = """() => { const box = document.querySelector(".react-flow").getBoundingClientRect();
  for (let y = box.top + 200; y < box.bottom - 200; y += 6) for (let x = box.left + 200; x < box.right - 200; x += 6)
    if (document.elementFromPoint(x, y)?.classList.contains("react-flow__pane")) return [x, y]; }"""
_VIEW = "document.querySelector('.react-flow__viewport').style.transform"


@contextmanager
def studio(home: str) -> Iterator[str]:
    """The address of a studio of its own."""
    command = [sys.executable, str(ROOT / "slipway.py"), "studio", "--port", "0"]
    environment = os.environ | {"SLIPWAY_HOME": home}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[1]
        finally:
            process.terminate()


def drawing(nodes: int) -> dict[str, Any]:
    """Chains of Dense layers side by side, every second layer connected to the next chain, too."""
    found: list[dict[str, Any]] = []
    edges: list[dict[str, Any]] = []
    for number in range(nodes):
        row, column = divmod(number, COLUMNS)
        place = {"x": column * 240, "y": row * 148}
        kind, config = (
            ("InputLayer", {"shape": [8]}) if row == 0 else ("Add", {}) if column else ("Dense", {"units": 8})
        )
        found.append(
            {"id": f"n{number}", "layer": kind, "name": f"layer_{number}", "config": config, "position": place}
        )
        sources = [] if row == 0 else [number - COLUMNS, *([number - COLUMNS - 1] if column else [])]
        for order, source in enumerate(sources):
            edge = {"id": f"e{number}_{order}", "source": f"n{source}", "target": f"n{number}", "order": order}
            edges.append(edge | {"argument": "inputs"})
    return {"name": "bench", "nodes": found, "edges": edges}


def create(url: str, graph: dict[str, Any]) -> str:
    """Keeps a drawing in the studio; returns its id."""
    headers = {"content-type": "application/json", "x-slipway-studio": "1", "origin": url.rstrip("/")}
    body = json.dumps({"name": "bench", "graph": graph}).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{url}api/documents", body, headers), timeout=60) as answer:
        return str(json.load(answer)["id"])


def frames(page: "Page", seconds: float) -> list[float]:
    """Milliseconds between the frames while the canvas is dragged in circles."""
    x, y = page.evaluate(_FREE)
    before = page.evaluate(_VIEW)
    page.mouse.move(x, y)
    page.mouse.down(button="middle")
    page.evaluate(_RECORD)
    end, step = time.perf_counter() + seconds, 0
    while time.perf_counter() < end:
        step += 1
        page.mouse.move(x + 160 - abs(step * 7 % 320 - 160), y + abs(step * 5 % 240 - 120))
    if page.evaluate(_VIEW) == before:
        raise RuntimeError("the canvas did not move: nothing was measured")
    page.evaluate("window.recording_ = false")
    page.mouse.up(button="middle")
    return list(page.evaluate("window.frames_"))[1:]


def measure(url: str, options: argparse.Namespace) -> dict[str, list[float]]:
    """Frames by view."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(120_000)
        page.goto(f"{url}draw/{create(url, drawing(options.nodes))}")
        page.get_by_role("button", name="Dense", exact=True).wait_for()
        page.get_by_test_id("verdict").get_by_text("parameters").wait_for()
        page.wait_for_timeout(1500)
        found = {"every node in view": frames(page, options.seconds)}
        for _ in range(5):
            page.get_by_role("button", name="Zoom In").click()
            page.wait_for_timeout(300)
        found["as large as one works"] = frames(page, options.seconds)
        browser.close()
    return found


def written(found: dict[str, list[float]], nodes: int) -> str:
    """The figures for people."""
    machine = f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, no graphics card, {platform.machine()}"
    lines = [
        f"## Panning {nodes} nodes in the editor",
        "",
        f"{machine}; load average {os.getloadavg()[0]:.1f} at the end. Wanted: {LEAST_FRAMES} frames a second or more.",
        "",
        "| view | frames a second (median) | median ms | 95th percentile ms | frames |",
        "|---|---|---|---|---|",
    ]
    for view, times in found.items():
        middle, late = statistics.median(times), statistics.quantiles(times, n=20)[-1]
        lines.append(f"| {view} | {1000 / middle:.0f} | {middle:.1f} | {late:.1f} | {len(times)} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, studio(home) as url:
        found = measure(url, options)
    publish(written(found, options.nodes), Path(__file__).with_suffix(".md"))
    return 0 if all(1000 / statistics.median(times) >= LEAST_FRAMES for times in found.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
