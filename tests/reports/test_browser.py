"""A report in a real browser: wide and narrow, light and dark, by keyboard, and judged by axe."""

import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from analysis import records
from reports import material, report
from schemas.records import Interval, SliceResult
from tests.reports import dossiers, models

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
if CHROMIUM is None:
    pytest.skip("no chromium is installed", allow_module_level=True)

SIZES = {"wide": (1440, 900), "phone": (390, 844)}
ATTACK = "<img src=x onerror=\"document.title = 'attacked'\"><script>document.title = 'attacked'</script>"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        # No sandbox: containers seldom allow one, and the page is our own.
        found = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Reports by name: pictures, a table, a regression, and texts that would attack."""
    root = tmp_path_factory.mktemp("reports")
    texts = models.texts([ATTACK + " plain words" * 30] * 8)
    parts = tuple(records.Part(word, "", (place % 5 - 2) / 4) for place, word in enumerate([ATTACK, *["word"] * 40]))
    attributed = tuple(records.Attribution(row, "loud", 0.9, 0.1, 0.0, parts) for row in range(8))
    made = {
        "digits": (models.digits(0.01), None, 0.5),
        "tumours": (models.tumours(0.01), None, 0.5),
        "diabetes": (models.diabetes(0.01), None, 1e9),
        "texts": (texts, models.analysed(texts, attributions=attributed), 0.5),
    }
    found = {}
    folder = dossiers.write_several(root / "several", models.passengers(0.01, 60), [0.5, 3.0, 0.5])
    content = material.read(folder)
    found["several"] = root / "several.html"
    found["several"].write_text(report.page(content, report.sections(content)), encoding="utf-8")
    for name, (model, analysis, bound) in made.items():
        analysis = analysis or models.explained(model)
        primary = model.task.primary.name
        slices = tuple(
            SliceResult({"group": str(number)}, 10, {primary: number / 9}, {primary: Interval(number / 9, 0.0, 1.0)})
            for number in range(9)
        )
        verdict = dossiers.verdict_of(analysis, model.task, bound, slices)
        folder = dossiers.write(root / name, model, analysis, verdict, "1.0.0")
        for split in ("train", "test"):
            content = dossiers.statistics_of(model.inputs).SerializeToString()
            (folder / "statistics" / f"{split}.pb").write_bytes(content)
        content = material.read(folder)
        found[name] = root / f"{name}.html"
        found[name].write_text(report.page(content, report.sections(content)), encoding="utf-8")
    return found


@pytest.fixture
def opened(browser, files: dict[str, Path]) -> Iterator[Callable[..., Any]]:
    """Opens a report; what it fetches and what goes wrong in it is in ``page.noted``."""
    contexts = []

    def make(name: str, size: str = "wide", scheme: str = "light", **options: Any) -> Any:
        width, height = SIZES[size]
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, **options)
        contexts.append(context)
        page = context.new_page()
        page.noted = []
        page.on("pageerror", lambda error: page.noted.append(str(error)))
        page.on("console", lambda message: page.noted.append(message.text) if message.type == "error" else None)
        page.on("request", lambda request: page.noted.append(request.url))
        page.goto(files[name].as_uri())
        page.noted = [note for note in page.noted if not note.startswith(("data:", files[name].as_uri()))]
        return page

    yield make
    for context in contexts:
        context.close()


NAMES = ["digits", "tumours", "diabetes", "texts", "several"]
LOOKS = list(itertools.product(NAMES, SIZES, ["light", "dark"]))


@pytest.mark.parametrize(("name", "size", "scheme"), LOOKS)
def test_it_fits_every_screen_and_fetches_nothing(opened, name: str, size: str, scheme: str) -> None:
    page = opened(name, size, scheme)
    assert page.noted == []
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
    assert page.evaluate(_OVERLAPS) == []


# Of the cards and the boxes of the head: pairs that lie on each other.
_OVERLAPS = """() => {
  const all = [...document.querySelectorAll('.card, section, .top, .rulers > li')];
  const boxes = all.map((each) => each.getBoundingClientRect());
  const beside = (a, b) => a.right <= b.left + 1 || b.right <= a.left + 1;
  const apart = (a, b) => beside(a, b) || a.bottom <= b.top + 1 || b.bottom <= a.top + 1;
  const found = [];
  for (const [one, a] of boxes.entries()) for (const [other, b] of boxes.entries()) {
    const within = all[one].contains(all[other]) || all[other].contains(all[one]);
    if (!within && !apart(a, b)) found.push([all[one].className, all[other].className]);
  }
  return found;
}"""


@pytest.mark.parametrize(("name", "size", "scheme"), LOOKS)
def test_axe_finds_no_barrier(opened, name: str, size: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    page = opened(name, size, scheme, bypass_csp=True)
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    found = axe.Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_texts_of_the_data_run_no_script(opened) -> None:
    page = opened("texts")
    assert page.title().startswith("texts 1.0.0")
    assert "<script>document.title" in page.inner_text("#failures")


def test_the_first_key_leads_past_the_contents(opened) -> None:
    page = opened("tumours", "phone")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_the_keyboard_reaches_everything_and_shows_where_it_is(opened) -> None:
    page = opened("tumours", "phone")
    wanted = page.evaluate(_REACHABLE)
    reached, outlined = [], []
    for _ in range(len(wanted) + 20):
        page.keyboard.press("Tab")
        place, visible = page.evaluate(_FOCUSED)
        reached.append(place)
        outlined.append(visible)
        if place == wanted[-1]:
            break
    assert reached == wanted, "each once, in the order of the page"
    assert all(outlined)


_REACHABLE = """() => {
  const all = [...document.querySelectorAll('*')];
  const found = [...document.querySelectorAll('a[href], select, summary, [tabindex="0"]')];
  return found.filter((each) => each.checkVisibility()).map((each) => all.indexOf(each));
}"""
_FOCUSED = """() => {
  const each = document.activeElement;
  const all = [...document.querySelectorAll('*')];
  return [all.indexOf(each), parseFloat(getComputedStyle(each).outlineWidth) >= 2];
}"""


def test_summaries_open_by_keyboard(opened) -> None:
    page = opened("tumours")
    page.focus(".numbers summary")
    page.keyboard.press("Enter")
    assert page.is_visible(".numbers[open] table")


def test_a_cell_of_the_confusion_matrix_chooses_its_failures(opened) -> None:
    page = opened("digits")
    cell = page.locator(".matrix a").first
    label, answer = cell.get_attribute("data-label"), cell.get_attribute("data-answer")
    count = int(cell.inner_text())
    cell.click()
    cards = page.locator(".card:visible")
    assert 0 < cards.count() <= count
    for card in cards.all():
        assert (card.get_attribute("data-label"), card.get_attribute("data-answer")) == (label, answer)
    assert page.inner_text(".filter [role=status]").startswith(f"{cards.count()} of ")
    page.select_option("select[name=label]", "")
    page.select_option("select[name=answer]", "")
    assert page.locator(".card:visible").count() == page.locator(".card").count()


def test_of_several_labels_a_cell_chooses_among_the_failures_of_its_own(opened) -> None:
    page = opened("several")
    cells = page.locator("#errors-3 .matrix a")
    cells.first.click()
    shown = page.locator("#failures-3 .card:visible")
    assert {card.get_attribute("data-label") for card in shown.all()} == {cells.first.get_attribute("data-label")}
    assert "of" in page.inner_text("#failures-3 .filter [role=status]")
    assert page.inner_text("#failures-1 .filter [role=status]") == ""


def test_without_script_everything_is_there(opened) -> None:
    page = opened("digits", java_script_enabled=False)
    assert not page.is_visible(".filter")
    assert page.locator(".card:visible").count() >= 12
    page.locator(".more-cards > summary").click()
    assert page.locator(".card:visible").count() == page.locator(".card").count()


def test_pictures_are_drawn(opened) -> None:
    page = opened("digits")
    assert page.evaluate("[...document.images].every((each) => each.complete && each.naturalWidth > 0)")


def test_motion_is_left_out_where_it_is_unwanted(opened) -> None:
    page = opened("digits", reduced_motion="reduce")
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
