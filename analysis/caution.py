"""How little a metric means that was measured on few examples."""

from schemas.records import Interval
from schemas.tasks import Metric

_WIDE, _WIDE_SHARE = (
    0.1,
    0.5,
)  # of a metric that ends at 1, and of one in a unit, where the width is compared with the value


def of(metric: Metric, found: Interval, examples: int) -> str:
    """A sentence where the 95% interval is wide; else ""."""
    if found.value is None:
        return ""
    rows = f"{examples:,} test example{'s' if examples > 1 else ''}"
    if found.low is None or found.high is None:
        return f"{rows} say nothing of how far {metric.name} {found.value:.4g} may be off."
    if found.high - found.low < (_WIDE if metric.high == 1 else _WIDE_SHARE * found.value):
        return ""
    return (
        f"{rows} say little: in truth, {metric.name} {found.value:.4g} may be anything from {found.low:.4g} to "
        f"{found.high:.4g}."
    )
