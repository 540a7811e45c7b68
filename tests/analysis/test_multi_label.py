"""What is said of answers that are any number of classes, against scikit-learn and against the bootstrap."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from analysis import (
    comparison,
    drift,
    failures,
    importance,
    intervals,
    label_noise,
    leakage,
    multi_hot,
    multi_label,
    out_of_fold,
    overall,
    predictions,
    slices,
)
from analysis.losses import losses
from analysis.samples import of_predictions
from components.evaluation.metrics import intervals_of_arrays, of_arrays
from schemas.tasks import MultiLabel
from tests.analysis.tables import table

CLASSES = ("sport", "politics", "weather")
TASK = MultiLabel("topics", classes=CLASSES, threshold=0.4)


def answered(rows, seed=0, skill=1.5):
    """Masks of labels that go together, and probabilities that know something of them."""
    random = np.random.default_rng(seed)
    hidden = random.normal(size=(rows, 1)) + random.normal(size=(rows, 3))
    there = hidden > np.array([0.0, 0.7, 1.5])
    scores = skill * (there - 0.5) + random.normal(size=(rows, 3))
    return multi_hot.masks(there), (1 / (1 + np.exp(-scores))).astype(np.float32)


@given(
    st.integers(1, 4).flatmap(
        lambda classes: st.lists(
            st.tuples(
                st.integers(0, 2**classes - 1),
                st.lists(st.floats(0, 1, width=32), min_size=classes, max_size=classes),
            ),
            min_size=1,
            max_size=30,
        )
    ),
    st.sampled_from([0.2, 0.5, 0.7]),
)
@settings(deadline=None)
def test_the_metrics_are_those_of_scikit_learn(rows, threshold):
    labels, answers = np.array([row[0] for row in rows]), np.array([row[1] for row in rows], np.float32)
    task = MultiLabel("topics", classes=tuple("abcd"[: answers.shape[1]]), threshold=threshold)
    there, chosen = multi_hot.bits(labels, answers.shape[1]), answers >= threshold
    found = of_arrays(task, labels, answers)
    clipped = np.clip(answers.astype(float), 1e-7, 1 - 1e-7)
    loss = np.mean([reference.log_loss(row, p, labels=[False, True]) for row, p in zip(there, clipped, strict=True)])
    assert found["loss"] == pytest.approx(loss, rel=1e-6)
    assert found["exact_match"] == pytest.approx(reference.accuracy_score(there, chosen))
    assume(there.any() or chosen.any())
    options = {"zero_division": np.nan}
    if answers.shape[1] > 1:
        for average in ("micro", "macro"):
            expected = reference.f1_score(there, chosen, average=average, **options)
            assert found[f"f1_{average}"] == pytest.approx(expected)
    else:
        assert found["f1_micro"] == found["f1_macro"] == pytest.approx(reference.f1_score(there, chosen))


def test_parts_merge_to_the_same_metrics_as_the_predictions_table_has():
    labels, answers = answered(300)
    answers[5] = np.nan
    found = intervals_of_arrays(TASK, labels, answers)
    for name, interval in overall.metrics(table(TASK, labels, answers)).items():
        assert found[name].value == pytest.approx(interval.value)
        assert found[name].low == pytest.approx(interval.low)
        assert found[name].high == pytest.approx(interval.high)


def test_an_answer_that_is_not_finite_is_as_wrong_as_can_be():
    labels = np.array([0b001, 0b000])
    wrong = np.array([[0, 1, 1], [1, 1, 1]], np.float32)
    diverged = np.full((2, 3), np.nan, np.float32)
    assert of_arrays(TASK, labels, diverged) == pytest.approx(of_arrays(TASK, labels, wrong))


@pytest.mark.parametrize("metric", ["f1_micro", "f1_macro"])
def test_the_interval_is_as_wide_as_the_bootstraps(metric):
    labels, answers = answered(400, seed=1)
    parts = overall.contributions(table(TASK, labels, answers))[metric].astype(float)
    width = parts.shape[2]

    def statistic(*columns):
        sums = np.stack([column.sum(axis=-1) for column in columns], axis=-1)
        return overall.of_means(metric, sums.reshape(*sums.shape[:-1], 2, width))

    found = intervals_of_arrays(TASK, labels, answers)[metric]
    resampled = intervals.bootstrap(statistic, *parts.reshape(len(parts), -1).T)
    assert found.value == pytest.approx(resampled.value)
    assert found.high - found.low == pytest.approx(resampled.high - resampled.low, rel=0.1)


@pytest.mark.parametrize("metric", ["f1_micro", "f1_macro"])
def test_the_interval_holds_the_true_score_about_19_times_of_20(metric):
    truth = of_arrays(TASK, *answered(200_000, seed=99))[metric]
    held = 0
    for seed in range(300):
        found = intervals_of_arrays(TASK, *answered(150, seed))[metric]
        held += found.low <= truth <= found.high
    assert 0.91 <= held / 300 <= 0.985


def test_all_right_is_no_certainty():
    labels, _ = answered(20)
    found = intervals_of_arrays(TASK, labels, multi_hot.bits(labels, 3).astype(np.float32))
    assert found["f1_micro"].value == found["f1_macro"].value == 1
    assert found["f1_micro"].low < 0.9 and found["f1_micro"].high == 1
    assert intervals_of_arrays(TASK, np.array([0]), np.zeros((1, 3), np.float32))["f1_micro"].value is None


def test_the_columns_of_the_file_say_the_labels_and_answers_again():
    labels, answers = answered(50)
    found = table(TASK, labels, answers)
    assert found.table.column_names[:5] == ["key", "source_row", "label", "prediction", "probabilities"]
    assert found.labels.tolist() == labels.tolist()
    assert found.answers.tolist() == multi_hot.masks(answers >= np.float32(0.4)).tolist()
    assert found.right.tolist() == (found.labels == found.answers).tolist()
    assert predictions.Predictions(found.info, found.table.select(["label", "prediction"])).right.tolist() == (
        found.right.tolist()
    )


def test_errors_by_class():
    labels, answers = answered(300)
    errors = multi_label.errors_of(table(TASK, labels, answers))
    there, chosen = multi_hot.bits(labels, 3), answers >= np.float32(0.4)
    precision, recall, f1, support = reference.precision_recall_fscore_support(there, chosen)
    for index, scores in enumerate(errors.per_class):
        assert (scores.name, scores.support, scores.predicted) == (
            CLASSES[index],
            support[index],
            chosen[:, index].sum(),
        )
        assert (scores.precision.value, scores.recall.value) == pytest.approx((precision[index], recall[index]))
        assert scores.f1.value == pytest.approx(f1[index])
        area = reference.roc_auc_score(there[:, index], answers[:, index])
        assert errors.roc[index].area.value == pytest.approx(area, abs=1e-3)
    assert errors.confusion == ()
    assert sum(one.rows for one in errors.calibration.bins) == there.size
    at = {scores.threshold: scores for scores in errors.thresholds}
    assert at[0.4].f1 == pytest.approx(reference.f1_score(there, chosen, average="micro"))
    assert max(scores.f1 for scores in errors.thresholds) == at[errors.best_threshold].f1


def test_swapped_labels_are_suspect():
    labels, answers = answered(400, skill=12)
    labels[:20] ^= 0b101
    suspects = label_noise.suspects(table(TASK, labels, answers))
    assert len(suspects) > 5 and {suspect.row for suspect in suspects} <= set(range(20))
    first = suspects[0]
    assert first.label == multi_hot.texts(labels[first.row : first.row + 1], CLASSES)[0] != first.suggested
    assert first.quality == min(suspect.quality for suspect in suspects) < 0.01


def test_a_column_that_knows_all_classes_is_a_leak_and_one_that_knows_one_of_them_is_none():
    labels, answers = answered(1000)
    there = multi_hot.bits(labels, 3)
    random = np.random.default_rng(0)
    inputs = {
        "all": [str(mask) for mask in labels],
        "number": labels.astype(np.float32),
        "one": there[:, 0].astype(np.float32),
        "none": random.normal(size=1000).astype(np.float32),
    }
    columns = of_predictions(table(TASK, labels, answers, inputs=inputs))
    assert [leak.column for leak in leakage.leaks(TASK, columns, columns)] == ["all", "number"]


def test_worst_rows_slices_and_importance():
    labels, answers = answered(600)
    kinds = np.array(["easy", "hard"])[np.arange(600) % 2]
    there = multi_hot.bits(labels, 3)
    answers = np.where((kinds == "easy")[:, None], np.where(there, 0.9, 0.1), answers).astype(np.float32)
    found = table(TASK, labels, answers, inputs={"kind": kinds.tolist(), "x": answers[:, 0]})
    assert failures.of(found, 3).worst[0] == int(losses(TASK, labels, answers).argmax())
    assert failures.of(found).wrong == int((~found.right).sum())
    (slice_, *_) = slices.found(found).slices
    assert slice_.slice == {"kind": "hard"}
    hard = kinds == "hard"
    assert slice_.metric == pytest.approx(
        reference.f1_score(there[hard], answers[hard] >= 0.4, average="micro"), abs=1e-9
    )

    def predict(columns):
        moved = np.array(answers)[np.arange(len(columns["x"])) % 600]
        moved[:, 0] = columns["x"]
        return {"probabilities": moved}

    ranked = importance.importance(found, predict, seed=1)
    assert [each.column for each in ranked.columns] == ["x", "kind"]
    assert ranked.columns[0].worsening.low > 0 and ranked.columns[1].worsening.value == pytest.approx(0)


def test_two_versions_are_compared_by_rows_that_are_all_right():
    labels, before = answered(500, skill=1)
    after = answered(500, skill=4)[1]
    found = comparison.compare(table(TASK, labels, before), table(TASK, labels, after))
    by_name = {each.name: each for each in found.metrics}
    assert [*by_name] == ["f1_micro", "f1_macro", "exact_match", "loss"]
    assert {each.conclusion for each in by_name.values()} == {comparison.BETTER}
    difference = by_name["f1_macro"].difference
    assert difference.low < difference.value < difference.high
    right = table(TASK, labels, before).right, table(TASK, labels, after).right
    assert (found.sides.fixed, found.sides.broken) == ((~right[0] & right[1]).sum(), (right[0] & ~right[1]).sum())
    assert found.improved[0].after == found.improved[0].label


def test_versions_whose_classes_stand_in_another_order_are_compared():
    labels, answers = answered(300)
    order, there = [2, 0, 1], multi_hot.bits(labels, 3)
    other = MultiLabel("topics", classes=tuple(CLASSES[place] for place in order), threshold=0.4)
    found = comparison.compare(
        table(TASK, labels, answers), table(other, multi_hot.masks(there[:, order]), answers[:, order])
    )
    assert (found.joined, found.relabelled, found.changed) == (300, 0, 0)


def test_answers_of_repeated_folds_are_averaged(tmp_path):
    labels, answers = answered(40)
    for name, shift in (("a", -0.05), ("b", 0.05)):
        (tmp_path / name).mkdir()
        out_of_fold.write(table(TASK, labels, answers + np.float32(shift)), tmp_path / name / predictions.FILE)
    found = out_of_fold.gathered([[tmp_path / "a"], [tmp_path / "b"]])
    assert found.probabilities == pytest.approx(answers, abs=1e-6)
    assert found.answers.tolist() == table(TASK, labels, answers).answers.tolist()


def test_drift_is_that_of_the_class_that_changed_most():
    before, after = np.array([50, 20, 0]), np.array([52, 60, 0])
    found = drift.class_sets(CLASSES, before, after, (100, 100), drift.INFINITY, 0.1)
    assert (found.distance, found.over, found.p_value < 0.01) == (pytest.approx(0.4), True, True)
    assert found.shares_before == {"sport": 0.5, "politics": 0.2, "weather": 0.0}
    assert (found.mean_before, found.mean) == (pytest.approx(0.7), pytest.approx(1.12))


@pytest.mark.parametrize("classes", [1, 3])
def test_a_class_of_all_rows_or_of_none_is_not_suspect_and_the_others_are(classes):
    task = MultiLabel("tags", classes=tuple("abc"[:classes]))
    there = np.random.default_rng(0).random((200, classes)) < 0.5
    answers = np.where(there, 0.95, 0.05)
    there[:10, 0] ^= True
    there[:, 1:] = [True, False][: classes - 1]
    suspects = label_noise.suspects(table(task, multi_hot.masks(there), answers))
    assert {suspect.row for suspect in suspects} == set(range(10))
    for constant in (True, False):
        there[:] = constant
        assert label_noise.suspects(table(task, multi_hot.masks(there), answers)) == ()
