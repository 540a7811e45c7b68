"""95% intervals: against statsmodels and SciPy, and how often they hold the true value in simulated samples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn import datasets, metrics
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import DescrStatsW

from analysis import intervals
from schemas.records import Interval

BUCKETS = 10_000
SAMPLES = 2000


def counts(scores):
    return np.bincount(np.clip((scores * BUCKETS).astype(int), 0, BUCKETS - 1), minlength=BUCKETS)


def mean_of(numbers):
    return intervals.mean(numbers.sum(), (numbers**2).sum(), len(numbers))


def covered(true, found):
    return np.mean([interval.low <= true <= interval.high for interval in found])


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_proportion_has_wilsons_interval(case):
    right, of = case
    found = intervals.proportion(right, of)
    assert (found.low, found.high) == pytest.approx(proportion_confint(right, of, method="wilson"), abs=1e-12)
    assert 0 <= found.low <= found.value == right / of <= found.high <= 1


def test_three_right_of_three_say_little():
    found = intervals.proportion(3, 3)
    assert (found.value, round(found.low, 2), found.high) == (1.0, 0.44, 1.0)
    perfect = intervals.auc(counts(np.full(3, 0.1)), counts(np.full(3, 0.9)))
    assert (perfect.value, round(perfect.low, 2), perfect.high) == (1.0, 0.44, 1.0)


def test_a_mean_has_students_interval():
    target = datasets.load_diabetes().target
    found = mean_of(target)
    assert found.value == pytest.approx(target.mean())
    assert (found.low, found.high) == pytest.approx(DescrStatsW(target).tconfint_mean())


def test_a_loss_is_never_below_0():
    losses = np.array([0.0, 0.0, 1.0])
    assert mean_of(losses).low < 0
    assert intervals.mean(1.0, 1.0, 3, at_least=0.0).low == 0


@pytest.mark.parametrize("true", [0.5, 0.9])
def test_intervals_of_proportions_and_f1_hold_19_times_of_20(true):
    random = np.random.default_rng(1)
    found = [intervals.proportion(right, 200) for right in random.binomial(200, true, SAMPLES)]
    assert covered(true, found) == pytest.approx(0.95, abs=0.025)
    # Of 200 examples: right positives, wrong positives, missed ones, and the rest.
    shares = np.array([0.4 * true, 0.1, 0.4 * (1 - true), 0.5])
    f1 = 2 * shares[0] / (2 * shares[0] + shares[1] + shares[2])
    found = [intervals.f1(*sample[:3]) for sample in random.multinomial(200, shares / shares.sum(), SAMPLES)]
    assert covered(f1, found) == pytest.approx(0.95, abs=0.02)


def test_intervals_of_means_and_root_means_hold_19_times_of_20():
    random = np.random.default_rng(2)
    errors = random.normal(0, 3, (SAMPLES, 100))
    assert covered(0, [mean_of(row) for row in errors]) == pytest.approx(0.95, abs=0.015)
    roots = [intervals.root_mean((row**2).sum(), (row**4).sum(), 100) for row in errors]
    assert covered(3, roots) == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize(
    ("distance", "sizes"), [(0, (10, 10)), (1, (50, 50)), (2, (30, 200)), (3, (15, 40)), (4, (4, 4))]
)
def test_the_interval_of_an_auc_holds_19_times_of_20(distance, sizes):
    random = np.random.default_rng(3)

    def sample(centre, size):
        return counts(stats.norm.cdf(random.normal(centre, 1, size)))

    found = [intervals.auc(sample(0, sizes[0]), sample(distance, sizes[1])) for _ in range(SAMPLES // 2)]
    assert covered(stats.norm.cdf(distance / 2**0.5), found) >= 0.92


def test_an_auc_has_delongs_error():
    # The test of Brunner and Munzel divides AUC - 1/2 by the same standard error.
    data = datasets.load_breast_cancer()
    column = data.data[:, 9]
    scores = (column - column.min()) / (column.max() - column.min())
    bucketed = np.clip((scores * BUCKETS).astype(int), 0, BUCKETS - 1)
    negative, positive = bucketed[data.target == 0], bucketed[data.target == 1]
    found = intervals.auc(counts(scores[data.target == 0]), counts(scores[data.target == 1]))
    assert found.value == pytest.approx(metrics.roc_auc_score(data.target, bucketed))
    error = (found.value - 0.5) / stats.brunnermunzel(negative, positive).statistic
    half = 1.959964 * error / (found.value * (1 - found.value))
    logit = np.log(found.value / (1 - found.value))
    assert (found.low, found.high) == pytest.approx(tuple(1 / (1 + np.exp(-logit + side * half)) for side in (1, -1)))


@pytest.mark.parametrize("sizes", [(1, 50), (50, 1), (1, 1), (3, 40)])
@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_an_auc_without_variance_is_as_sure_as_its_smaller_class(sizes, value):
    negatives, positives = np.zeros((2, 3), int)
    negatives[1], positives[round(2 * value)] = sizes
    found = intervals.auc(negatives, positives)
    bound = intervals.proportion(value * min(sizes), min(sizes))
    assert found == Interval(value, bound.low, bound.high)


def test_nothing_is_claimed_of_nothing():
    nothing = Interval(None, None, None)
    zeros = np.zeros(5, int)
    assert intervals.proportion(0, 0) == intervals.f1(0, 0, 0) == intervals.mean(0, 0, 0) == nothing
    assert intervals.root_mean(0, 0, 0) == intervals.auc(zeros, zeros + 1) == intervals.auc(zeros + 1, zeros) == nothing
    assert intervals.mean(5.0, 25.0, 1) == intervals.root_mean(25.0, 625.0, 1) == Interval(5.0, None, None)
    assert intervals.mean(np.inf, np.inf, 4) == intervals.root_mean(np.inf, np.inf, 4) == nothing
    assert intervals.root_mean(1e200, np.inf, 4) == Interval(pytest.approx(5e99), None, None)
    assert intervals.root_mean(0.0, 0.0, 4) == Interval(0.0, 0.0, 0.0)
    assert intervals.bootstrap(np.mean, np.array([])) == nothing


def test_a_bootstrap_is_that_of_scipy_and_repeats():
    target = datasets.load_diabetes().target

    def median(values):
        return np.median(values, axis=-1)

    found = intervals.bootstrap(median, target, resamples=4000, seed=7)
    other = stats.bootstrap((target,), np.median, n_resamples=4000, method="percentile", rng=1).confidence_interval
    assert found.value == np.median(target)
    assert (found.low, found.high) == pytest.approx((other.low, other.high), abs=4)
    assert found == intervals.bootstrap(median, target, resamples=4000, seed=7)
    assert found != intervals.bootstrap(median, target, resamples=4000, seed=8)


def test_a_bootstrap_keeps_columns_together_and_leaves_out_resamples_without_a_value():
    columns = np.arange(10.0), np.arange(10.0)
    together = intervals.bootstrap(lambda x, y: (x - y).max(axis=-1), *columns, resamples=100)
    assert together == Interval(0.0, 0.0, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = intervals.bootstrap(
            lambda x: x.sum(axis=-1) / (x.sum(axis=-1) > 0), np.array([0.0, 1.0]), resamples=100
        )
    assert found == Interval(1.0, 1.0, pytest.approx(2.0))


@pytest.mark.parametrize(("positives", "negatives"), [(20, 20), (40, 400)])
def test_the_interval_of_an_average_precision_holds_19_times_of_20(positives, negatives):
    random = np.random.default_rng(5)
    labels = np.repeat([1, 0], [positives, negatives])

    def area(shown):
        return metrics.average_precision_score(shown, random.normal(1.5 * shown, 1))

    share = positives / (positives + negatives)
    true = area(np.repeat([1, 0], [int(100_000 * share), int(100_000 * (1 - share))]))
    found = [intervals.average_precision(area(labels), positives) for _ in range(300)]
    assert covered(true, found) >= 0.92
