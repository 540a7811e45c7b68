"""What a person types: commands, their options, exit codes, and what a terminal shows. Nothing imports it."""

from schemas.version import VERSION as __version__

__all__ = ["__version__"]
