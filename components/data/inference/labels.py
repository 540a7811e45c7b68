"""Which column is predicted, and how."""

from components.data.inference.drafts import ERROR, WARNING, Column, Draft, Problem
from components.data.inference.kinds import MOST_COUNTED
from schemas.errors import InputError, listed, shown
from schemas.tasks.multi_label import MOST_CLASSES

# The names that labels have in public tables and course notes, the surest first.
_NAMES = (
    "label", "target", "class", "classes", "y", "outcome", "output", "response", "result", "survived", "churn", "species",
    "diagnosis", "price", "saleprice", "median_house_value", "medv", "mpg",
)  # fmt: skip
_NO = ("no", "nein", "non", "nee", "nej", "nie", "não", "nao", "false", "off", "absent")
_CLASSES = 20  # different whole numbers up to which they are classes
_ROWS = 10  # that a class of whole numbers has on average, at least
_RARE = 10
_UNBALANCED = 9  # times the rows of the rarest class that the most frequent one has
_AUC = ", and at auc"
_NUMBERS = ("number", "category")


def chosen(columns: list[Column], wanted: str | None, file: str) -> tuple[str, str]:
    """The label's column, and why it. Raises InputError for a wanted one that is not there."""
    names = [column.name for column in columns]
    if wanted is not None:
        if wanted not in names:
            raise InputError(f"label: {file} has no column {shown(wanted)}; its columns are {listed(names)}")
        return wanted, "it was asked for"
    lowered = {name.strip().lower(): name for name in reversed(names)}
    for name in _NAMES:
        if name in lowered:
            return lowered[name], "labels are often called so"
    usable = [one.name for one in columns if one.kind in _NUMBERS or one.options.get("classes")] or names
    last = " that can be predicted" if usable[-1] != names[-1] else ""
    return usable[-1], f"it is the last column{last}"


def task_of(column: Column, rows: int) -> str:
    """The task that a label's values ask for; ``problems`` says where they do not fit it."""
    values = list(column.counts)
    if column.options.get("classes"):
        return "MultiLabel"
    if values and len(values) <= 2:
        return "BinaryClassification"
    numbers = column.minimum is not None
    few = bool(values) and len(values) <= _CLASSES and len(values) * _ROWS <= rows
    if numbers and not (few and all(map(_is_whole, values))):
        return "Regression"
    return "MulticlassClassification"


def classes_of(column: Column, task: str) -> list[str] | None:
    """The classes of a label in the order of the page; None for a regression."""
    if task == "MultiLabel":
        return list(column.options.get("classes", ()))
    return None if task == "Regression" else ordered(list(column.counts))


def sentence(column: Column, task: str) -> str:
    """What is assumed of a label."""
    classes = classes_of(column, task)
    if classes is None:
        log = "; its logarithm is learned, as it has a long tail" if column.options.get("scale") == "log" else ""
        return f"{column.name!r} is predicted as a number{log}."
    if task == "MultiLabel":
        return (
            f"{column.name!r} has any number of {len(classes):,} classes in a cell, and an empty one has none of them."
        )
    if len(classes) == 2:
        return f"The second class, {classes[-1]!r}, is the positive one.{_imbalance(column)}"
    whole = "whole numbers, taken as classes; choose Regression where they are amounts"
    return (
        f"{column.name!r} has {column.distinct:,} {'classes' if column.minimum is None else whole}.{_imbalance(column)}"
    )


def _imbalance(column: Column) -> str:
    """What a rare class means for the primary metric; "" where there is none."""
    total = sum(column.counts.values())
    if len(column.counts) < 2:
        return ""
    (frequent, most), *_, (rare, few) = sorted(column.counts.items(), key=lambda pair: -pair[1])
    if few * _UNBALANCED > most:
        return ""
    return (
        f" CHECK the rare {rare!r}, {few / total:.2%} of the rows: to answer {frequent!r} always is right of "
        f"{most / total:.1%}, so that the accuracy says little; look at each class in the report"
        f"{_AUC * (len(column.counts) == 2)}. "
        "Training(balanced=True) gives each class the same weight."
    )


def ordered(values: list[str]) -> list[str]:
    """Classes in an order that does not depend on the rows: numbers by their value, else by the alphabet.

    Of two the second one is the positive one, and a "no" is the first in whatever language it is.
    """
    try:
        return sorted(values, key=lambda value: (float(value), value))
    except ValueError:
        return sorted(values, key=lambda value: (len(values) != 2 or value.strip().lower() not in _NO, value))


def _is_whole(value: str) -> bool:
    """Whether a cell is a whole number as Python writes it: one with a unit or a decimal comma is an amount, and no class."""
    try:
        return float(value).is_integer()
    except ValueError:
        return False


def problems(draft: Draft) -> list[Problem]:
    """What is wrong with the label and the task of a draft."""
    column = draft.column(draft.label)
    if column is None:
        names = listed([one.name for one in draft.columns])
        return [Problem("label", f"{shown(draft.label)} is no column; one of {names} is expected")]
    if draft.task == "MultiLabel":
        found = [*_of_sets(column)]
    else:
        found = [*_of_regression(column)] if draft.task == "Regression" else [*_of_classes(column, draft)]
    if not column.name:
        found.append(Problem("label", "the label's column has no name; give it one in the header"))
    return found


def _of_regression(column: Column) -> list[Problem]:
    if column.minimum is None:
        return [Problem("label", f"{column.name!r} cannot be predicted as a number: {column.why}")]
    if column.minimum == column.maximum:
        return [Problem("label", f"{column.name!r} has the same value in every row: there is nothing to predict")]
    return []


def _of_sets(column: Column) -> list[Problem]:
    if column.options.get("classes"):
        return []
    text = (
        f"{column.name!r} has no cells with several of at most {MOST_CLASSES} names: {column.why}; choose another task"
    )
    return [Problem("task", text)]


def _of_classes(column: Column, draft: Draft) -> list[Problem]:
    name, number = column.name, column.distinct
    if number < 2:
        return [
            Problem(
                "label", f"{name!r} has one class, {shown(column.examples[0] if number else '')}; two are the fewest"
            )
        ]
    if not column.counts:
        many = f"{name!r} has {number:,} different values; a classification has at most {MOST_COUNTED} classes"
        return [
            Problem(
                "label", f"{many}: choose another label" + (", or Regression" if column.minimum is not None else "")
            )
        ]
    found = []
    if draft.task == "BinaryClassification" and number > 2:
        found.append(Problem("task", f"{name!r} has {number} classes; choose MulticlassClassification", ERROR))
    rare = [value for value, rows in column.counts.items() if rows < _RARE]
    if rare:
        text = f"fewer than {_RARE} rows have the class {listed(rare)}: too few to learn it from, and to judge it"
        found.append(Problem("label", text, WARNING))
    return found
