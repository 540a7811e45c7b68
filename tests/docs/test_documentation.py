"""What the pages say against what is there: links, files, commands, settings, rooms."""

import re
import runpy
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GENERATE = runpy.run_path(str(ROOT / "docs" / "generate.py"))
TEXTS = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "k8s").glob("*.md"), *ROOT.glob("bench/**/*.md")]
)
README = (ROOT / "README.md").read_text(encoding="utf-8")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


def links(file: Path) -> Iterator[str]:
    """The targets in this repository, without those inside code."""
    for target in _LINK.findall(re.sub(r"`[^`\n]*`", "", _FENCED.sub("", file.read_text(encoding="utf-8")))):
        if not re.match(r"[a-z]+:", target):
            yield target


def anchors(file: Path) -> set[str]:
    """Those of the headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("file", TEXTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_link_leads_somewhere(file: Path) -> None:
    for target in links(file):
        path, _, anchor = target.partition("#")
        there = (file.parent / path).resolve() if path else file
        assert there.exists(), f"{file.name}: {target}"
        if anchor and there.suffix == ".md":
            assert anchor in anchors(there), f"{file.name}: {target}"


def test_the_reference_of_commands_is_what_the_commands_say() -> None:
    written = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    assert written == GENERATE["commands"](), "run: python docs/generate.py"


def test_the_tables_of_settings_are_what_the_settings_say() -> None:
    written = (ROOT / "docs" / "pages.md").read_text(encoding="utf-8")
    assert written == GENERATE["pages"](written), "run: python docs/generate.py"
    assert set(re.findall(r"<!-- settings: (\w+) -->", written)) == set(GENERATE["OWNERS"]) - {"Custom"}


def test_every_room_is_on_the_map_and_in_the_checks() -> None:
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    written = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert rooms <= set(re.findall(r"`(\w+)/`", written)) and rooms <= set(re.findall(r"`(\w+)/`", README))
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    assert rooms == set(settings["mypy"]["packages"]) == set(settings["importlinter"]["root_packages"])
    for dockerfile in (ROOT / "k8s" / "images").glob("*.Dockerfile"):
        assert rooms <= set(re.findall(r"COPY (\w+) /app/", dockerfile.read_text(encoding="utf-8")))


@pytest.mark.parametrize("file", ["CONTRIBUTING.md", "docs/glossary.md"])
def test_every_file_of_the_repository_that_is_named_is_there(file: str) -> None:
    named = re.findall(
        r"`((?:[a-z_]+/)+[a-z_]+\.(?:py|md|jsonl|yaml|pbtxt))`", (ROOT / file).read_text(encoding="utf-8")
    )
    assert named and not {name for name in named if not (ROOT / name).exists()}


def test_every_target_of_make_that_is_named_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {name for file in TEXTS for name in re.findall(r"`make ([a-z-]+)`", file.read_text(encoding="utf-8"))}
    assert {"unit", "docs"} <= named <= targets
