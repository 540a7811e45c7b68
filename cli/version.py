"""`slipway --version`: this package's version, and those of Python, TensorFlow and TFX."""

import platform
from importlib import metadata

import typer

from cli import __version__

_LIBRARIES = ("tensorflow", "tfx")


def show_version(is_given: bool) -> None:
    """Prints a line for each and ends, if the option is given. No library is imported."""
    if not is_given:
        return
    print(f"slipway {__version__}")
    print(f"python {platform.python_version()}")
    for library in _LIBRARIES:
        print(f"{library} {_installed(library)}")
    raise typer.Exit


def _installed(library: str) -> str:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:  # as in the gateway's image
        return "is not installed"
