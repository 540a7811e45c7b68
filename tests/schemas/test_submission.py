import pytest

from schemas import codec
from schemas.submission import Submission


@pytest.mark.parametrize(
    ("submission", "field"),
    [(Submission("", "y"), "id"), (Submission("Id", 1), "column"), (Submission("y", "y"), "column")],
)
def test_a_bad_submission_names_its_field(submission: Submission, field: str) -> None:
    assert [problem.field for problem in submission.problems()] == [field]


def test_a_good_submission_survives_encoding() -> None:
    submission = Submission(id="PassengerId", column="Survived")
    assert list(submission.problems()) == []
    assert codec.loads(codec.dumps(submission)) == submission
