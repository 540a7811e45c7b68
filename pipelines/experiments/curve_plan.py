"""On which parts of the train split a learning curve is measured; light to import."""

from dataclasses import dataclass

from schemas.errors import InputError

DEFAULT = "0.1,0.25,0.5,1"


@dataclass(frozen=True)
class Plan:
    """The parts of a learning curve.

    Attributes:
      shares: of the train split, rising, above 0 and below 1; the whole follows them.
    """

    shares: tuple[float, ...]

    @classmethod
    def of_text(cls, text: str) -> "Plan":
        """From shares with commas between; 1, the whole, may be among them. Raises InputError for another text."""
        try:
            shares = {float(f"{float(part):g}") for part in text.split(",")}  # as in the names of nodes
        except ValueError:
            shares = set()
        if not shares or not all(0 < share <= 1 for share in shares):
            raise InputError(
                f"--sizes: received {text!r}; shares of the train split above 0 and at most 1 are expected, such as {DEFAULT}"
            )
        parts = tuple(sorted(shares - {1.0}))
        if not parts:
            raise InputError(
                f"--sizes: received {text!r}; a learning curve needs a part of the train split, too: {DEFAULT}"
            )
        return cls(parts)


def name(share: float) -> str:
    """What the training on a part is called."""
    return f"Size {100 * share:g}%"


def node(kind: str, share: float) -> str:
    """The id of a node: ``Point.0.25``; a later learning curve with other sizes takes over those that it shares."""
    return f"{kind}.{share:g}"
