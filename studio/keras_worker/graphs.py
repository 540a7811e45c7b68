"""What the worker of graphs is asked, on JSON's types."""

from typing import Any

from components.training.graphs import palette as palettes


def palette(_: None) -> dict[str, Any]:
    """``studio.messages.palette.Palette``."""
    return palettes.palette()


def warm_up() -> None:
    """Makes the palette, which is kept, so that the first answers are as fast as the later ones."""
    palettes.palette()
