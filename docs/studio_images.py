"""``python docs/studio_images.py URL``: the pictures of docs/studio.md, of a running studio with three versions of digits.

Needs Chromium. The example of digits is asked, the newest version is compared with the third, and the last job is shown.
"""

import io
import shutil
import sys
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

IMAGES = Path(__file__).with_name("images")
WIDE = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SETTLED = 2_500  # milliseconds for what moves to come to rest


def keep(page: Any, name: str) -> None:
    """Writes the picture of what the window shows, in 256 colours: a third of the bytes."""
    page.wait_for_timeout(SETTLED)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(256, dither=Image.Dither.NONE).save(IMAGES / f"studio_{name}.png", optimize=True)


def editor(page: Any, layers: tuple[str, ...]) -> None:
    """A new drawing for digits with ``layers`` behind its input."""
    page.goto("/draw/new?dataset=digits")
    page.get_by_role("button", name="No, thanks").click()
    page.locator('.react-flow__node[aria-label^="InputLayer"]').click()
    for layer in layers:
        page.get_by_role("button", name=layer, exact=True).first.click()
        page.locator(f'.react-flow__node[aria-label^="{layer}"]').first.wait_for()


def wide(page: Any) -> None:
    """The pages on a desktop."""
    page.goto("/")
    keep(page, "home")
    editor(page, ("Conv2D", "MaxPooling2D"))
    page.get_by_text("(None, 3, 3, 10)").first.wait_for()
    page.get_by_test_id("canvas").click(position={"x": 60, "y": 200})
    page.keyboard.press("f")
    keep(page, "error")
    page.locator(".react-flow__node").get_by_role("button", name="Flatten").click()
    page.get_by_text("3,210 parameters").first.wait_for()
    page.locator('.react-flow__node[aria-label^="Conv2D"]').click()
    page.keyboard.press("f")
    keep(page, "editor")
    page.get_by_role("button", name="Train", exact=True).click()
    keep(page, "train")
    page.goto("/jobs")
    page.get_by_role("link", name="Training: digits").first.click()
    keep(page, "job")
    page.goto("/datasets/digits")
    keep(page, "versions")
    boxes = page.get_by_role("checkbox").all()
    boxes[0].check()
    boxes[2].check()
    page.get_by_role("link", name="Compare").or_(page.get_by_role("button", name="Compare")).first.click()
    page.get_by_role("heading", level=1).wait_for()
    page.wait_for_timeout(10_000)
    keep(page, "compare")
    page.goto("/datasets/digits/try")
    page.get_by_role("button", name="Use the example").click()
    page.get_by_role("button", name="Why?").click()
    page.get_by_text("integrated gradients").wait_for()
    keep(page, "try")
    page.goto("/learn")
    keep(page, "learn")


def narrow(page: Any) -> None:
    """The editor on a phone."""
    page.goto("/draw/new?dataset=digits")
    page.get_by_role("button", name="No, thanks").tap()
    page.locator('.react-flow__node[aria-label^="InputLayer"]').tap()
    keep(page, "phone")


def main() -> None:
    """Takes all of them."""
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for size, take in ((WIDE, wide), (PHONE, narrow)):
            context = browser.new_context(base_url=sys.argv[1], **size)
            context.set_default_timeout(90_000)
            take(context.new_page())
        browser.close()


if __name__ == "__main__":
    main()
