"""The errors of a regression: how large they are, on which side, and for which answers."""

import math

import numpy as np

from analysis import intervals, overall
from analysis.error_records import IntervalErrors, RegressionErrors, ResidualBin
from analysis.predictions import Predictions

QUANTILES = (0.5, 0.9, 0.95, 1.0)
BINS = 10
_PER_BIN = 5  # examples at least
_HISTOGRAM = (10, 50)  # bars at least and at most
_NORMALITY_ROWS = 20


def errors_of(predictions: Predictions) -> RegressionErrors:
    """What a regression gets wrong, in the label's unit; of the examples with a finite answer, the others are counted."""
    finite = predictions.finite
    labels, answers = predictions.labels[finite], predictions.answers[finite]
    residuals = labels - answers
    counts, edges = _histogram(residuals)
    return RegressionErrors(
        bias=intervals.mean(float(residuals.sum()), float((residuals**2).sum()), len(residuals)),
        r2=_r2(labels, residuals),
        quantiles=_quantiles(residuals),
        histogram=tuple(counts.tolist()),
        edges=tuple(edges.tolist()),
        by_prediction=_by_prediction(answers, residuals),
        normality=_normality(residuals),
        not_finite=int((~finite).sum()),
        ends=None if predictions.task.share is None else _ends(predictions, predictions.task.share),
    )


def _ends(predictions: Predictions, share: float) -> IntervalErrors:
    found, (low, high) = overall.contributions(predictions), predictions.ends.T
    nothing = np.zeros(len(predictions), bool)
    return IntervalErrors(
        share=share,
        coverage=overall.interval("coverage", found["coverage"], nothing),
        below=float((predictions.labels < low).mean()) if len(low) else 0.0,
        above=float((predictions.labels > high).mean()) if len(low) else 0.0,
        width=overall.interval("width", found["width"], nothing),
    )


def _r2(labels: np.ndarray, residuals: np.ndarray) -> float | None:
    """1 - the residuals' sum of squares / the label's (the coefficient of determination)."""
    total = float(((labels - labels.mean()) ** 2).sum()) if len(labels) else 0.0
    if not total or np.ptp(labels) == 0:
        return None
    found = 1 - float((residuals**2).sum()) / total
    return found if math.isfinite(found) else None


def _quantiles(residuals: np.ndarray) -> dict[str, float]:
    if not len(residuals):
        return {}
    values = np.quantile(np.abs(residuals), QUANTILES)
    return {str(share): float(value) for share, value in zip(QUANTILES, values, strict=True)}


def _histogram(residuals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Counts and edges; bars as wide as Freedman and Diaconis (1981) advise, as long as their number allows."""
    if not len(residuals):
        return np.zeros(0, np.int64), np.zeros(0)
    low, high = np.quantile(residuals, (0.25, 0.75))
    width, span = 2 * (high - low) / len(residuals) ** (1 / 3), float(np.ptp(residuals))
    # One residual far away must not ask for a million bars.
    bars = (
        _HISTOGRAM[1] if span > width * _HISTOGRAM[1] else max(_HISTOGRAM[0], math.ceil(span / width) if width else 0)
    )
    padding = 0.0 if span else 0.5
    edges = np.unique(np.linspace(residuals.min() - padding, residuals.max() + padding, bars + 1))
    if len(edges) < 2:  # of one value so large that float64 has no other within a half
        edges = np.array([edges[0], np.nextafter(edges[0], np.inf)])
    return np.histogram(residuals, edges)


def _by_prediction(answers: np.ndarray, residuals: np.ndarray) -> tuple[ResidualBin, ...]:
    bins = min(BINS, max(1, len(answers) // _PER_BIN)) if len(answers) else 0
    order = np.argsort(answers, kind="stable")
    return tuple(
        ResidualBin(
            low=float(answers[rows[0]]),
            high=float(answers[rows[-1]]),
            rows=len(rows),
            mean=float(residuals[rows].mean()),
            spread=float(residuals[rows].std(ddof=1)) if len(rows) > 1 else 0.0,
        )
        for rows in (np.array_split(order, bins) if bins else ())
    )


def _normality(residuals: np.ndarray) -> float | None:
    from scipy.stats import normaltest

    if len(residuals) < _NORMALITY_ROWS or np.ptp(residuals) == 0:
        return None
    found = float(normaltest(residuals).pvalue)
    return found if math.isfinite(found) else None
