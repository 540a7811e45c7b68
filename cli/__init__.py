"""What a person types: commands, their options, exit codes, and what a terminal shows. Nothing imports it."""

from schemas import version

__version__ = version.VERSION
