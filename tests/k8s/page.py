"""docs/kubernetes.md in its parts."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "kubernetes.md"
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_EXAMPLE = re.compile(r"^```sh\n(.*?)^```\n```text\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Example:
    """Commands with what they print, which stands right below them."""

    commands: str
    shown: str


def text() -> str:
    return PAGE.read_text()


def fences(language: str) -> list[str]:
    """The blocks of a language."""
    return [block for found, block in _FENCE.findall(text()) if found == language]


def examples() -> list[Example]:
    return [Example(*found) for found in _EXAMPLE.findall(text())]


def prose() -> str:
    """The page without its blocks."""
    return _FENCE.sub("", text())


def inline() -> list[str]:
    """What stands between backquotes in the prose, on one line."""
    return [" ".join(found.split()) for found in re.findall(r"`([^`]+)`", prose())]


def commands(program: str) -> list[list[str]]:
    """The words after ``program`` of each of its commands, in blocks and in the prose."""
    lines = [
        line.strip()
        for block in fences("sh")
        for part in block.replace("\\\n", " ").splitlines()
        for line in re.split(r" & |&$", part)
    ]
    found = [shlex.split(line, comments=True) for line in [*lines, *inline()] if line.startswith(f"{program} ")]
    return [words[1:] for words in found]
