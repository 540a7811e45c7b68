"""A finding: one sentence that a reader should know first."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One finding.

    Attributes:
      weight: how important it is; the largest comes first.
      kind: what it is about, a word or two.
      title: the finding, in a sentence.
      detail: what it means, or what to do; "".
      anchor: the section that has more.
      command: what to type; "".
      paste: what to paste into the page; "".
    """

    weight: int
    kind: str
    title: str
    detail: str
    anchor: str
    command: str = ""
    paste: str = ""
