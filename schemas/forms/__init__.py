"""The forms of columns: what a cell must look like, checked where data enters, and the one text in which it travels."""

from collections.abc import Mapping

from schemas.forms.degrees import DegreesForm
from schemas.forms.exact import ExactForm
from schemas.forms.form import Form, FormError
from schemas.forms.histories import HistoryForm
from schemas.forms.sets import SetForm
from schemas.forms.timestamps import TimestampForm
from schemas.forms.vectors import VectorForm

__all__ = [
    "DegreesForm", "ExactForm", "Form", "FormError", "HistoryForm", "SetForm", "TimestampForm", "VectorForm", "of_spec",
]  # fmt: skip

AnyForm = Form | DegreesForm


def of_spec(spec: Mapping[str, str]) -> AnyForm | None:
    """The form of a column, from an input of a model card (the inverse of ``Form.spec``); None for a column without one.

    Raises:
      KeyError, ValueError: a form that this version does not know, or that lacks a parameter.
    """
    match spec.get("form"):
        case None:
            return None
        case "timestamp":
            return TimestampForm(spec["format"])
        case "exact":
            return ExactForm()
        case "set":
            return SetForm(spec["separator"])
        case "vector":
            return VectorForm(int(spec["length"]))
        case "history":
            return HistoryForm(int(spec["length"]))
        case "latitude" | "longitude" as of:
            return DegreesForm(of)
    raise ValueError(f"the form {spec['form']!r} is not known")
