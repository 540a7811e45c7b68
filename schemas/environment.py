"""Values of environment variables that are not texts."""

from collections.abc import Mapping

from schemas.errors import InputError, shown


def seconds(name: str, default: float, environment: Mapping[str, str]) -> float:
    """The seconds that a variable gives, else the default. Raises InputError for what is no number of at least 0."""
    text = environment.get(name) or str(default)  # a variable that is set to nothing counts as not set
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found < float("inf"):
        raise InputError(f"{name}: received {shown(text)}; a number of seconds of at least 0 is expected")
    return found
