"""Looks whether this machine, or a cluster, has what pipelines need, and says how to mend what is missing."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "note", "unknown", "missing"]


@dataclass(frozen=True)
class Finding:
    """What was found out about one thing.

    Attributes:
      what: the thing.
      state: ``ok``; ``note``, where it works but for something that should be known; ``unknown``, where it may not be looked
        at; ``missing``, where pipelines cannot run without it.
      said: what was found, in a sentence without a full stop.
      mend: the command or the act that mends it, "" where nothing is to be done.
    """

    what: str
    state: State
    said: str
    mend: str = ""


def missing(findings: list[Finding]) -> list[Finding]:
    """Those without which pipelines cannot run."""
    return [finding for finding in findings if finding.state == "missing"]
