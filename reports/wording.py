"""Numbers, intervals and lists as the report says them."""

import json
import math
from collections.abc import Sequence

from schemas.records import Interval

NO_VALUE = "no value"
_METRICS = {
    "binary_accuracy": "accuracy",
    "auc": "AUC",
    "rmse": "RMSE",
    "mae": "MAE",
    "rmsle": "RMSLE",
    "kappa": "weighted kappa",
    "f1_micro": "micro F1",
    "f1_macro": "macro F1",
}


def metric(name: str) -> str:
    """A metric as a sentence says it: ``accuracy`` for ``binary_accuracy``; of one of several ``accuracy of Survived``."""
    label, _, own = name.rpartition(".")
    return _METRICS.get(own, own.replace("_", " ")) + (f" of {label}" if label else "")


def number(value: float | None, digits: int = 3) -> str:
    """A number to so many significant digits, those before the point all; ``no value`` for None and NaN."""
    if value is None or not math.isfinite(value):
        return NO_VALUE if value is None or math.isnan(value) else ("∞" if value > 0 else "−∞")
    if value == 0:
        return "0"
    if float(value).is_integer() and abs(value) < 1e9:
        return f"{value:,.0f}".replace("-", "−")
    magnitude = math.floor(math.log10(abs(value)))
    if not -4 <= magnitude < 9:
        return f"{value:.{digits - 1}e}".replace("-", "−")
    text = f"{value:,.{max(0, digits - 1 - magnitude)}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "−")


def metric_value(value: float | None) -> str:
    """A metric: three digits after the point below 10, as thresholds are written."""
    if value is None or not math.isfinite(value):
        return number(value)
    text = f"{value:.3f}" if abs(value) < 10 else number(value, 4)
    return "0.000" if text == "-0.000" else text.replace("-", "−")


def signed(value: float | None) -> str:
    """``metric_value`` with its sign."""
    text = metric_value(value)
    return f"+{text}" if value is not None and value > 0 else text


def interval(found: Interval | None) -> str:
    """The bounds alone: ``0.759 to 0.887``."""
    if found is None or found.low is None or found.high is None:
        return "no interval"
    return f"{metric_value(found.low)} to {metric_value(found.high)}"


def with_interval(found: Interval | None) -> str:
    """``0.832 (0.759 to 0.887)``."""
    if found is None or found.value is None:
        return NO_VALUE
    return f"{metric_value(found.value)} ({interval(found)})"


def share(value: float | None) -> str:
    """A share in per cent, with one decimal where that says something."""
    if value is None or not math.isfinite(value):
        return NO_VALUE
    percent = 100 * value
    if 0 < percent < 0.1:
        return "< 0.1%"
    if 99.9 < percent < 100:
        return "> 99.9%"
    return f"{percent:.0f}%" if percent in (0, 100) else f"{percent:.1f}%"


def count(amount: int, one: str, many: str | None = None) -> str:
    """``1 example``, ``1,204 examples``."""
    return f"{amount:,} {one if amount == 1 else many or one + 's'}"


def listed(words: Sequence[str], last: str = "and") -> str:
    """``a, b and c``."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def first(words: Sequence[str], most: int = 5) -> str:
    """``a, b, c and 40 others``."""
    if len(words) <= most:
        return listed(words)
    return f"{', '.join(words[:most])} and {len(words) - most:,} others"


def sentence(text: str) -> str:
    """A text with a capital and a full stop, as records have some without."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '!', '?', ':')) else '.'}" if text else ""


def short(text: str, most: int) -> str:
    """A text that fits into a cell: at most so many characters."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def cut(text: str, most: int) -> str:
    """A text of at most so many characters, and how many more it has."""
    return text if len(text) <= most else f"{text[:most].rstrip()} … ({len(text) - most:,} more characters)"


def classes(text: str) -> str:
    """The names of a JSON array of classes, as a label or an answer of several has it: ``a, b``; ``no class`` for none."""
    return ", ".join(json.loads(text)) or "no class"


def named_slice(slice_: dict[str, str]) -> str:
    """``Sex female, Pclass 3``; ``all examples`` for the empty one."""
    return ", ".join(f"{column} {value}" for column, value in slice_.items()) or "all examples"
