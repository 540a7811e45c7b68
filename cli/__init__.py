"""What a person types: commands, their options, exit codes, and what a terminal shows. Nothing imports it."""

__version__ = "0.1.0"
