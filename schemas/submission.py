"""The file that a Kaggle competition takes: an id and the predicted label of each row."""

from collections.abc import Iterator
from dataclasses import dataclass

from schemas import problems
from schemas.problems import Problem


@dataclass(frozen=True)
class Submission:
    """A CSV file of two columns, as a competition's sample_submission.csv shows it.

    Attributes:
      id: the column of the test file that says which row it is; written as it stands there.
      column: the header of the prediction: the index of the class for a classification, else the value.
    """

    id: str
    column: str

    def problems(self) -> Iterator[Problem]:
        """The fields that break their rule: both must be texts, and two different ones."""
        yield from problems.text("id", self.id)
        yield from problems.text("column", self.column)
        if self.id == self.column:
            yield Problem("column", self.column, "another name than that of the id")
