"""Two versions on the same examples: what changed sides, and which differences are more than chance."""

import json
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis import paired, resampling
from analysis.comparison import BETTER, UNCLEAR, WORSE, compare
from analysis.comparison_records import Comparison
from analysis.pairs import join
from schemas.errors import InputError
from schemas.records import Interval
from schemas.tasks import BinaryClassification, MulticlassClassification, Regression
from tests.analysis.tables import table

BINARY = BinaryClassification("y", ("no", "yes"))
VALUE = Regression("y")


def binary(labels, scores, **options):
    scores = np.asarray(scores, np.float64)
    return table(BINARY, np.asarray(labels, int), np.stack([1 - scores, scores], axis=1), **options)


def metric(comparison, name):
    return next(each for each in comparison.metrics if each.name == name)


ROW = st.tuples(st.sampled_from("abcd"), st.integers(1, 3), st.integers(0, 1))  # key, source_row, label
ROWS = st.lists(ROW, max_size=10, unique_by=lambda row: row[:2])


@given(ROWS, ROWS)
def test_examples_are_joined_by_key_and_by_row_where_keys_repeat(left, right):
    sides = []
    for side in (left, right):
        keys, rows, labels = ([row[index] for row in side] for index in range(3))
        sides.append(binary(labels, np.full(len(side), 0.5), keys=keys, rows=rows))
    repeated = {key for rows in (left, right) for key, count in Counter(key for key, *_ in rows).items() if count > 1}
    expected = {
        (before, after)
        for before, (key, row, _) in enumerate(left)
        for after, (other, other_row, _) in enumerate(right)
        if key == other and (key not in repeated or row == other_row)
    }
    same = {(before, after) for before, after in expected if left[before][2] == right[after][2]}
    found = join(*sides)
    assert set(zip(found.rows_before.tolist(), found.rows_after.tolist(), strict=True)) == same
    assert found.relabelled == len(expected) - len(same)
    assert (found.only_before, found.only_after) == (len(left) - len(expected), len(right) - len(expected))


def test_an_example_changes_sides_or_stays():
    before = binary([0, 0, 1, 1, 1], [0.9, 0.1, 0.2, 0.9, 0.4], keys=list("abcde"))
    after = binary([1, 1, 0, 0, 1], [0.8, 0.3, 0.6, 0.1, 0.45], keys=list("dcbax"))
    found = compare(before, after)
    assert (found.joined, found.only_before, found.only_after, found.changed) == (4, 1, 1, 2)
    sides = found.sides
    assert (sides.both_right, sides.fixed, sides.broken, sides.both_wrong) == (1, 1, 1, 1)
    assert found.improved_count == found.worsened_count == 1
    (fixed,), (broken,) = found.improved, found.worsened
    assert (fixed.key, fixed.row_before, fixed.row_after, fixed.label, fixed.before, fixed.after) == (
        "a",
        0,
        3,
        "no",
        "yes",
        "no",
    )
    assert (fixed.confidence_before, fixed.confidence_after) == pytest.approx((0.9, 0.9))
    assert (broken.key, broken.before, broken.after) == ("b", "no", "yes")
    assert "1 examples only the first version has, and 1 only the second: left out" in found.notes


def test_mcnemars_test_is_that_of_a_textbook():
    # Agresti, Categorical Data Analysis: a president's approval at two times, z² = 17.36 without the correction.
    counts = {(1, 1): 794, (1, 0): 150, (0, 1): 86, (0, 0): 570}
    before, after = np.repeat(np.array(list(counts)), list(counts.values()), axis=0).T
    labels = np.ones(1600, int)
    sides = compare(binary(labels, before), binary(labels, after)).sides
    assert (sides.both_right, sides.broken, sides.fixed, sides.both_wrong) == tuple(counts.values())
    assert not sides.exact
    assert sides.p_value == pytest.approx(stats.chi2.sf((150 - 86 - 1) ** 2 / 236, 1))


@pytest.mark.parametrize(("fixed", "broken"), [(0, 0), (3, 0), (1, 9), (12, 12)])
def test_few_discordant_pairs_are_tested_exactly(fixed, broken):
    before = np.repeat([0.1, 0.9, 0.9], [fixed, broken, 10])
    after = np.repeat([0.9, 0.1, 0.9], [fixed, broken, 10])
    labels = np.ones(len(before), int)
    sides = compare(binary(labels, before), binary(labels, after)).sides
    expected = stats.binomtest(fixed, fixed + broken).pvalue if fixed + broken else 1.0
    assert sides.exact and sides.p_value == pytest.approx(expected)


def test_three_examples_that_are_all_fixed_prove_nothing():
    found = metric(compare(binary([1, 1, 1], [0.1] * 3), binary([1, 1, 1], [0.9] * 3)), "binary_accuracy")
    assert found.difference.value == 1.0 and found.difference.low < 0 and found.conclusion == UNCLEAR


def test_the_difference_of_accuracies_holds_19_times_of_20():
    from analysis import intervals

    random = np.random.default_rng(0)
    samples = random.multinomial(80, [0.12, 0.05, 0.83], 3000)
    found = [intervals.paired_shares(more, less, 80) for more, less, _ in samples]
    assert np.mean([each.low <= 0.07 <= each.high for each in found]) == pytest.approx(0.95, abs=0.02)


def test_a_metrics_difference_has_the_interval_of_scipys_paired_bootstrap(digits, diabetes):
    random = np.random.default_rng(0)
    noisy = digits.probabilities * random.uniform(0.5, 1.0, digits.probabilities.shape)
    other = table(digits.task, digits.labels, noisy / noisy.sum(axis=1, keepdims=True), name="digits")
    found = metric(compare(digits, other), "loss")
    _bootstrapped(
        found.difference, lambda before, after, axis: (after - before).mean(axis=axis), digits.loss, other.loss
    )

    other = table(
        diabetes.task, diabetes.labels, diabetes.answers + random.normal(0, 20, len(diabetes)), name="diabetes"
    )
    found = metric(compare(diabetes, other), "rmse")

    def roots(before, after, axis):
        return np.sqrt((after**2).mean(axis=axis)) - np.sqrt((before**2).mean(axis=axis))

    _bootstrapped(found.difference, roots, diabetes.labels - diabetes.answers, other.labels - other.answers)


def _bootstrapped(found, statistic, *columns):
    expected = stats.bootstrap(columns, statistic, paired=True, vectorized=True, method="percentile", rng=1, batch=500)
    low, high = expected.confidence_interval
    assert found.value == pytest.approx(statistic(*columns, axis=-1))
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.05 * (high - low))


def test_the_difference_of_aucs_has_the_interval_of_resampled_scores(cancer):
    random = np.random.default_rng(0)
    before = cancer.probabilities[:, 1]
    after = np.clip(before + random.normal(0, 0.15, len(before)), 0, 1)
    other = table(cancer.task, cancer.labels, np.stack([1 - after, after], axis=1), name="cancer")
    found = metric(compare(cancer, other), "auc").difference
    rows = random.integers(0, len(before), (2000, len(before)))
    positive = cancer.labels[rows]
    positives = positive.sum(axis=1)
    # By the rank sums of Mann and Whitney.
    above = [(stats.rankdata(scores[rows], axis=1) * positive).sum(axis=1) for scores in (before, after)]
    resampled = (above[1] - above[0]) / (positives * (len(before) - positives))
    low, high = np.quantile(resampled, [0.025, 0.975])
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.1 * (high - low))


def test_many_examples_in_groups_have_intervals_as_wide():
    random = np.random.default_rng(0)
    first, second = random.exponential(1, (2, 50_000))
    second = 0.7 * first + 0.3 * second
    # Sorted, as a file often is: groups of neighbours would be too much alike.
    first, second = np.stack([first, second])[:, np.argsort(second - first)]
    found = paired.differences({"loss": (first, second)}, np.zeros(50_000, bool))["loss"]
    expected = stats.ttest_rel(second, first).confidence_interval()
    assert found.value == pytest.approx((second - first).mean())
    assert found.high - found.low == pytest.approx(expected.high - expected.low, rel=0.05)


def test_resamples_repeat_with_their_seed_and_have_the_examples_sums_on_average():
    columns = np.stack([np.ones(40), np.arange(40.0)], axis=1)
    found = resampling.sums(columns, 4000, seed=3)
    assert np.array_equal(found, resampling.sums(columns, 4000, seed=3))
    assert not np.array_equal(found, resampling.sums(columns, 4000, seed=4))
    assert (found[:, 0] == 40).all()
    assert found[:, 1].mean() == pytest.approx(780, rel=0.01)
    assert found[:, 1].std() == pytest.approx(np.arange(40).std() * 40**0.5, rel=0.05)


def test_a_clear_difference_has_a_side():
    random = np.random.default_rng(0)
    labels = random.normal(0, 10, 500)
    good, bad = (table(VALUE, labels, labels + random.normal(0, spread, 500)) for spread in (1, 3))
    assert {each.conclusion for each in compare(bad, good).metrics} == {BETTER}
    assert {each.conclusion for each in compare(good, bad).metrics} == {WORSE}
    same = compare(good, good)
    assert {each.conclusion for each in same.metrics} == {UNCLEAR}
    assert same.changed == 0 and {each.difference for each in same.metrics} == {Interval(0.0, 0.0, 0.0)}


def test_values_that_changed_come_by_the_change_of_their_error():
    before = table(VALUE, [0.0, 0.0, 0.0, 0.0], [5.0, 1.0, 2.0, np.nan])
    after = table(VALUE, [0.0, 0.0, 0.0, 0.0], [1.0, 4.0, -2.0, 3.0])
    found = compare(before, after)
    assert [(each.row_after, each.before, each.after) for each in found.improved] == [(3, None, 3.0), (0, 5.0, 1.0)]
    assert [(each.row_after, each.before, each.after) for each in found.worsened] == [(1, 1.0, 4.0)]
    assert (found.improved_count, found.worsened_count, found.changed, found.sides) == (2, 1, 4, None)
    rmse = metric(found, "rmse")
    assert rmse.before.value is None and rmse.after.value is not None
    assert rmse.difference == Interval(None, None, None) and rmse.conclusion == UNCLEAR


def test_a_class_without_a_finite_answer_is_wrong():
    broken = compare(binary([1, 0], [0.9, 0.1]), binary([1, 0], [np.nan, 0.1]))
    (example,) = broken.worsened
    assert (example.before, example.after, example.confidence_after) == ("yes", None, None)
    assert broken.sides.broken == 1


def test_the_first_changed_examples_are_named_and_all_are_counted():
    labels = np.ones(20, int)
    scores = np.linspace(0.6, 0.98, 20)
    found = compare(binary(labels, scores), binary(labels, 1 - scores), count=3)
    assert found.worsened_count == 20
    assert [each.row_after for each in found.worsened] == [19, 18, 17]


def test_another_label_is_no_change_of_the_model():
    found = compare(binary([0, 1, 1], [0.1, 0.9, 0.9]), binary([1, 1, 1], [0.1, 0.9, 0.9]))
    assert (found.joined, found.relabelled) == (2, 1)
    assert found.sides.both_right == 2
    assert "1 examples have another label in each version: left out" in found.notes


def test_versions_with_other_classes_are_compared_by_name():
    wide = MulticlassClassification("y", ("a", "b", "c"))
    turned = MulticlassClassification("y", ("b", "a"))
    before = table(wide, np.array([0, 1]), np.array([[0.8, 0.1, 0.1], [0.6, 0.2, 0.2]]))
    after = table(turned, np.array([1, 0]), np.array([[0.1, 0.9], [0.9, 0.1]]))
    found = compare(before, after)
    assert (found.sides.both_right, found.sides.fixed, found.changed) == (1, 1, 1)
    assert (found.improved[0].before, found.improved[0].after) == ("a", "b")
    flipped = table(BinaryClassification("y", ("yes", "no")), np.array([1, 0]), np.array([[0.1, 0.9], [0.9, 0.1]]))
    found = compare(binary([0, 1], [0.2, 0.8]), flipped)
    assert [each.name for each in found.metrics] == ["binary_accuracy", "loss"]
    assert "not compared, as the task or its classes changed: auc" in found.notes


def test_versions_without_a_common_example_say_so():
    found = compare(binary([1], [0.9], keys=["a"]), binary([1], [0.9], keys=["b"]))
    assert found.joined == 0 and found.sides.p_value == 1.0
    assert {each.difference for each in found.metrics} == {Interval(None, None, None)}
    assert found.notes[0] == "the two versions have no example in common: their test splits differ"


def test_what_cannot_be_compared_is_refused(cancer, digits):
    with pytest.raises(InputError, match="predictions of cancer with those of digits"):
        compare(cancer, digits)
    with pytest.raises(InputError, match="one is a BinaryClassification, the other a Regression"):
        compare(binary([1], [0.9]), table(VALUE, [1.0], [1.0]))


@settings(max_examples=30, deadline=None)
@given(st.data(), st.integers(0, 6), st.sampled_from([BINARY, VALUE]))
def test_no_answer_stops_a_comparison_and_json_can_hold_it(data, count, task):
    share = st.floats(0, 1, width=32) | st.sampled_from([np.nan, np.inf, -np.inf])
    shape = (count, 2) if task is BINARY else (count,)
    labels = np.array(data.draw(st.lists(st.integers(0, 1), min_size=count, max_size=count)), int)
    sides = [
        np.array(data.draw(st.lists(share, min_size=int(np.prod(shape)), max_size=int(np.prod(shape))))).reshape(shape)
        for _ in range(2)
    ]
    found = compare(*(table(task, labels, answers) for answers in sides))
    assert Comparison.from_json(json.loads(json.dumps(found.to_json(), allow_nan=False))) == found
    assert found.joined == count
