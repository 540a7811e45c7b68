"""A task's metrics as formulas on a sheet of predictions, with the values that they give."""

from dataclasses import dataclass

from reports.workbook.answers import Answers
from reports.workbook.layout import EXPECTED, LOSS, PREDICTED, RANK, Layout

# The sheet has no columns of the ends, nor of ranks, nor of each of several classes.
_WITHOUT_FORMULA = ("coverage", "width", "kappa", "f1_micro", "f1_macro")


@dataclass(frozen=True)
class Cell:
    """A formula and its result: an empty text where there is none, as the AUC of one class.

    The formula is None for a metric that the version does not have or the sheet lacks the columns of, and for an AUC of so
    many rows that ranks would make the file too large.
    """

    formula: str | None
    value: float | str


def cell(metric: str, version: Answers, layout: Layout, positive: str) -> Cell:
    """A metric of ``schemas.tasks`` over the rows of the sheet.

    Args:
      positive: the cell with the name of a binary classification's positive class; of others it does not matter.
    """
    if metric not in version.metrics:  # the task of this version had others
        return Cell(None, "")
    value = version.metrics[metric].value
    if metric == "auc" and RANK not in layout.fixed:
        return Cell(None, "" if value is None else value)
    if metric in _WITHOUT_FORMULA or (metric == "mae" and version.rows.classes):
        return Cell(None, "" if value is None else value)
    return Cell(f'=IFERROR({_formula(metric, layout, positive)},"")', "" if value is None else value)


def _formula(metric: str, layout: Layout, positive: str) -> str:
    label, answer = layout.cells(EXPECTED), layout.cells(PREDICTED)
    if metric in ("accuracy", "binary_accuracy", "exact_match"):
        # EXACT, and not =, to which a and A are equal; nor COUNTIFS, to which a class named >50K would be a condition.
        return f"SUMPRODUCT(--EXACT({label},{answer}))/ROWS({label})"
    if metric == "loss":
        return f"AVERAGE({layout.cells(LOSS)})"
    if metric == "auc":
        is_positive = f"EXACT({label},{positive})"
        count = f"SUMPRODUCT(--{is_positive})"
        rank_sum = f"SUMPRODUCT({is_positive}*{layout.cells(RANK)})"
        # The rank sum of Mann and Whitney (1947), which is the area under the ROC curve.
        return f"({rank_sum}-{count}*({count}+1)/2)/({count}*(ROWS({label})-{count}))"
    if metric == "rmse":
        return f"SQRT(SUMXMY2({answer},{label})/ROWS({label}))"
    if metric == "mae":
        return f"SUMPRODUCT(ABS({answer}-{label}))/ROWS({label})"
    if metric == "rmsle":
        return f"SQRT(SUMPRODUCT((LN(1+({answer}>0)*{answer})-LN(1+{label}))^2)/ROWS({label}))"
    raise ValueError(f"metric {metric!r} has no formula")
