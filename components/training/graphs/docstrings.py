"""Keras' docstrings taken apart: first sentence, help in Markdown, and the help of each argument."""

import re
import textwrap
from dataclasses import dataclass, field

_HEADING = re.compile(r"^\*{0,2}([A-Z][\w ()-]*):\*{0,2}\s*$")
_ARGUMENT = re.compile(r"^\*{0,2}`?(\w+)`?(?: \([^)]*\))?:(?:\s+(.*))?$")
_SENTENCE_END = re.compile(r"(?<=[.!?])(?<!e\.g\.)(?<!a\.k\.a\.)\s+(?=[A-Z`])")
_ARGUMENT_SECTIONS = ("Args", "Arguments")
# Of no use beside a drawing: how to call the class in Python, and what its functions return.
_LEFT_OUT = (*_ARGUMENT_SECTIONS, "Call arguments", "Returns", "Raises", "Example", "Examples", "Usage", "Attributes")


@dataclass(frozen=True)
class Docstring:
    """What a docstring says.

    Attributes:
      summary: the first sentence.
      help: the text in Markdown, without arguments and examples.
      arguments: help by argument, each on one line.
    """

    summary: str = ""
    help: str = ""
    arguments: dict[str, str] = field(default_factory=dict)


def parsed(text: str, of_constructor: str = "") -> Docstring:
    """The docstring of a class, with the arguments of its constructor's where it has some of its own."""
    own = _sections(_clean(text))
    every = [*_sections(_clean(of_constructor)), *own]
    arguments = {
        name: help
        for heading, part in every
        if heading in _ARGUMENT_SECTIONS
        for name, help in _arguments(part).items()
    }
    shown = [(heading, _markdown(part)) for heading, part in own if heading not in _LEFT_OUT and part]
    paragraphs = [f"**{heading}**\n\n{part}" if heading else part for heading, part in shown]
    return Docstring(_first_sentence(own[0][1]), "\n\n".join(paragraphs), arguments)


def _clean(text: str) -> str:
    """Without the indentation of its second line; inspect.cleandoc trips over an example that stands further left."""
    first, *others = text.expandtabs().splitlines() or [""]
    indents = [len(line) - len(line.lstrip()) for line in others if line.strip()]
    margin = indents[0] if indents else 0
    return "\n".join([first.strip(), *(line[margin:] if not line[:margin].strip() else line for line in others)])


def _sections(text: str) -> list[tuple[str, str]]:
    """The text before any heading (under ""), then each heading with its text, which is indented less than it stood."""
    sections: list[tuple[str, list[str]]] = [("", [])]
    fenced = False
    for line in text.splitlines():
        fenced ^= line.strip().startswith("```")
        heading = _HEADING.match(line)
        if heading and not fenced:
            sections.append((heading[1], []))
        else:
            sections[-1][1].append(line)
    return [(heading, textwrap.dedent("\n".join(lines)).strip("\n")) for heading, lines in sections]


def _arguments(text: str) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    current: list[str] = []
    margin = len(text) - len(text.lstrip(" "))  # a paragraph after the arguments may stand further left
    for line in (line.removeprefix(" " * margin) for line in text.splitlines()):
        argument = _ARGUMENT.match(line)
        if argument:
            current = found.setdefault(argument[1], [])
            current.append(argument[2] or "")
        elif line.startswith(" ") or not line.strip():
            current.append(line.strip())
        else:
            current = []  # a paragraph between arguments
    return {name: " ".join(" ".join(lines).split()) for name, lines in found.items()}


def _first_sentence(text: str) -> str:
    paragraph = " ".join(text.split("\n\n")[0].split())
    return _SENTENCE_END.split(paragraph, maxsplit=1)[0]


def _markdown(text: str) -> str:
    """Doctest lines become code; all else Keras writes in Markdown already."""
    lines: list[str] = []
    doctest = fenced = False
    for line in text.splitlines():
        starts = line.lstrip().startswith(">>>")
        if starts and not doctest and not fenced:
            lines.append("```python")
            doctest = True
        elif doctest and not line.strip():
            lines.append("```")
            doctest = False
        fenced ^= line.strip().startswith("```")
        lines.append(line)
    return "\n".join([*lines, "```"] if doctest else lines)
