#!/usr/bin/env python
"""Writes what the documentation says of commands and settings, from the code; a test compares the two.

usage: python docs/generate.py
"""

import re
import sys
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS.parent))

import typer  # noqa: E402

from cli.app import app  # noqa: E402
from schemas import models, settings, splits, training  # noqa: E402
from serving.model_server import flags  # noqa: E402

COMMANDS, PAGES = DOCS / "reference" / "commands.md", DOCS / "pages.md"
MODEL_SERVER = DOCS / "model_server.md"
OWNERS = {
    owner.__name__: owner
    for owner in (
        training.Training, splits.Splits, models.Tabular, models.Convolutional, models.Sequence, models.NGrams, models.Custom,
    )
}  # fmt: skip
_TABLE = re.compile(r"(?<=<!-- settings: )(\w+)( -->\n).*?(?=<!-- end -->)", re.DOTALL)

_FLAGS = re.compile(r"(?<=<!-- flags -->).*?(?=<!-- end -->)", re.DOTALL)


def pages(text: str) -> str:
    """docs/pages.md with the tables of settings between their marks."""
    return _TABLE.sub(lambda match: f"{match[1]}{match[2]}\n{settings.table(OWNERS[match[1]])}\n\n", text)


def model_server(text: str) -> str:
    """docs/model_server.md with the table of flags between its marks."""
    return _FLAGS.sub(lambda _: f"\n\n{flags.table()}\n\n", text)


def commands() -> str:
    """The reference of all commands and options."""
    parts = [
        "# Commands and options",
        "What `slipway COMMAND --help` says, of all commands. [The command line](../command_line.md) has what they share.",
    ]
    parts += _sections(typer.main.get_command(app), "slipway")
    return "\n\n".join(parts) + "\n"


def _sections(command: Any, path: str) -> list[str]:
    if hasattr(command, "commands"):
        return [part for name, found in command.commands.items() for part in _sections(found, f"{path} {name}")]
    context = typer.Context(command, info_name=path)
    rows = [row for parameter in command.get_params(context) if (row := _row(parameter, context))]
    table = ["\n".join(["| | |", "|---|---|", *rows])] if rows else []
    return [f"## {path}", _paragraphs(command.help or ""), *table]


def _paragraphs(text: str) -> str:
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


def _row(parameter: Any, context: Any) -> str | None:
    record = parameter.get_help_record(context)
    if record is None or parameter.name == "help":
        return None
    option, help_text = (" ".join(text.split()).replace("|", "\\|") for text in record)
    return f"| `{option}` | {help_text} |"


def main() -> None:
    COMMANDS.write_text(commands(), encoding="utf-8")
    PAGES.write_text(pages(PAGES.read_text(encoding="utf-8")), encoding="utf-8")
    MODEL_SERVER.write_text(model_server(MODEL_SERVER.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
