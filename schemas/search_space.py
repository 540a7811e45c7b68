"""What a tuner may choose: settings by name, each with its range or its choices."""

from dataclasses import dataclass

from schemas.json_record import JsonRecord


@dataclass(frozen=True)
class Parameter(JsonRecord):
    """One setting that is tuned.

    Attributes:
      name: of the setting, the KEY of KEY=VALUE.
      low, high: the bounds of a number, both included; None for choices.
      whole: whether it is a whole number.
      logarithmic: whether its order of magnitude is chosen, as of a learning rate.
      choices: texts as ``--set`` takes them; empty for a range.
    """

    name: str
    low: float | None = None
    high: float | None = None
    whole: bool = False
    logarithmic: bool = False
    choices: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The range or the choices, for people."""
        if self.choices:
            return f"one of {', '.join(choice or 'none' for choice in self.choices)}"
        scale = ", by order of magnitude" if self.logarithmic else ""
        return f"{self.low:g} to {self.high:g}{scale}"
