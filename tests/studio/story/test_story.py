"""The story in a real browser: a CNN for digits is drawn, broken, mended, trained, blessed, and asked about a drawn digit."""

import math
import re
from collections.abc import Callable
from typing import Any

import pytest

TRAINED = 500_000  # milliseconds, of a whole pipeline on a busy machine
OVER = re.compile(r"blessed|failed|cancelled")  # a state that a job ends in
NAME_OF_FOCUS = "document.activeElement.getAttribute('aria-label') || document.activeElement.innerText || ''"
PLACES = {  # addresses with a text that is there when the page is
    "/": "titanic",
    "/draw/new?dataset=digits": "nothing is connected to Dense",
    "/datasets/titanic": "Open the page's model",
    "/datasets/digits/try": "no version",
    "/jobs": "Jobs",
    "/data/new": "CSV",
    "/learn": "regularise",
    "/nowhere": "No such page",
}
Opened = Callable[[str], Any]


def node(page: Any, label: str) -> Any:
    return page.locator(f'.react-flow__node[aria-label^="{label}"]')


def begin(page: Any) -> None:
    page.get_by_role("link", name="Draw a model for digits").click()
    node(page, "Dense probabilities").wait_for()


def train(page: Any) -> None:
    """From the dialog to the verdict."""
    page.get_by_role("button", name="Train", exact=True).click()
    page.get_by_role("button", name="Start training").click()
    wait_for_blessing(page)


def wait_for_blessing(page: Any) -> None:
    heading = page.get_by_role("heading", level=1).filter(has_text=OVER)
    heading.wait_for(timeout=TRAINED)
    assert "not blessed" not in heading.inner_text() and "blessed" in heading.inner_text()


def draw_a_zero(page: Any) -> None:
    box = page.get_by_label("Draw here").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x + box["width"] / 5, y)
    page.mouse.down()
    for step in range(27):
        angle = step / 4
        page.mouse.move(x + box["width"] / 5 * math.cos(angle), y + box["height"] / 3 * math.sin(angle))
    page.mouse.up()


def test_a_cnn_is_drawn_broken_mended_trained_and_asked(opened: Opened) -> None:
    page = opened("desktop")
    begin(page)
    node(page, "InputLayer").click()
    for layer in ("Conv2D", "MaxPooling2D"):
        page.get_by_role("button", name=layer, exact=True).first.click()
    # A picture is no list of probabilities: the drawing says so, at the node, and offers what mends it.
    node(page, "Dense probabilities").get_by_text("(None, 3, 3, 10)").wait_for()
    assert page.get_by_role("button", name="Train", exact=True).is_disabled()
    node(page, "Dense probabilities").get_by_role("button", name="Flatten").click()
    page.get_by_text("3,210 parameters").first.wait_for()
    train(page)
    assert faults(page) == []
    page.get_by_role("link", name="Try it").first.click()
    draw_a_zero(page)
    answer = page.get_by_role("region", name="Answer")
    answer.get_by_text("sure").wait_for()
    assert answer.inner_text().split()[1] == "0"
    page.get_by_role("button", name="Why?").click()
    page.get_by_text("integrated gradients").wait_for()
    assert faults(page) == []
    page.get_by_role("link", name="Versions").click()
    page.get_by_role("link", name="1.0.0").click()
    page.get_by_role("heading", name="Graph").wait_for()
    assert faults(page) == []


def test_the_same_on_a_phone_by_touch(opened: Opened) -> None:
    page = opened("phone")
    page.get_by_role("link", name="Draw a model for digits").tap()
    node(page, "InputLayer").tap()
    for layer in ("Conv2D", "MaxPooling2D", "Flatten"):
        page.get_by_role("button", name="Close the details").tap()
        page.get_by_role("button", name="Add a layer", exact=True).tap()
        page.get_by_role("dialog").get_by_label("Search the layers").fill(layer)
        page.get_by_role("dialog").get_by_role("button", name=layer, exact=True).tap()
        node(page, layer).wait_for()
    page.get_by_text("3,210 parameters").first.wait_for()
    page.get_by_role("button", name="Train", exact=True).tap()
    page.get_by_role("button", name="Start training").tap()
    wait_for_blessing(page)
    page.get_by_role("link", name="Try it").first.tap()
    page.get_by_role("button", name="Use the example").tap()
    page.get_by_role("region", name="Answer").get_by_text("sure").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page can be moved sideways"


def test_the_same_with_the_keyboard_alone(opened: Opened) -> None:
    page = opened("desktop")
    go_to(page, "Draw a model for digits")
    page.keyboard.press("Enter")
    node(page, "Dense probabilities").wait_for()
    for layer in ("Conv2D", "MaxPooling2D", "Flatten"):
        page.keyboard.press("a")
        page.get_by_role("dialog").wait_for()
        page.keyboard.type(layer)
        page.get_by_role("option", name=layer).first.wait_for()
        page.keyboard.press("Enter")
        node(page, layer).wait_for()
    page.get_by_text("3,210 parameters").first.wait_for()
    page.keyboard.press("Control+z")
    node(page, "Flatten").wait_for(state="detached")
    page.keyboard.press("Control+y")
    node(page, "Flatten").wait_for()
    page.get_by_text("3,210 parameters").first.wait_for()
    go_to(page, "Train")
    page.keyboard.press("Enter")
    page.get_by_role("dialog").wait_for()
    go_to(page, "Start training")
    page.keyboard.press("Enter")
    wait_for_blessing(page)
    go_to(page, "Try it")
    page.keyboard.press("Enter")
    page.get_by_label("Draw here").wait_for()
    go_to(page, "Use the example")
    page.keyboard.press("Enter")
    page.get_by_role("region", name="Answer").get_by_text("sure").wait_for()


def go_to(page: Any, name: str) -> None:
    """Tab until the focus is on what a reader would call so."""
    for _ in range(250):
        page.keyboard.press("Tab")
        if page.evaluate(NAME_OF_FOCUS).strip() == name:
            return
    raise AssertionError(f"{name} cannot be reached by Tab")


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_axe_finds_no_serious_fault(opened: Opened, size: str) -> None:
    page = opened(size)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        for place, shown in PLACES.items():
            page.goto(place)
            page.get_by_text(shown).first.wait_for()
            assert faults(page) == [], f"{place}, {theme}"


def faults(page: Any) -> list[str]:
    """What axe calls serious or critical."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    found = axe.Axe().run(page).response["violations"]
    serious = [one for one in found if one["impact"] in ("serious", "critical")]
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in serious]
