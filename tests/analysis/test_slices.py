"""Planted slices are found and can be pasted into a page; noise has none."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_ind

from analysis import group_tests, slices
from analysis.groups import MOST_VALUES, SMALLEST, Grouping
from pipelines.spec import Buckets, Category, Csv, Number, Pipeline, Tabular, Text
from schemas.tasks import BinaryClassification, Regression
from tests.analysis.tables import table

TASK = BinaryClassification("y", ("no", "yes"))
FEATURES = {"age": Number(missing="mean"), "fare": Number(missing="mean"), "sex": Category(), "port": Category()}


def columns(random: np.random.Generator, rows: int) -> dict[str, list]:
    return {
        "age": random.integers(1, 80, rows).astype(float).tolist(),
        "fare": random.lognormal(3, 1, rows).tolist(),
        "sex": random.choice(["male", "female"], rows).tolist(),
        "port": random.choice(["C", "Q", "S"], rows, p=[0.2, 0.1, 0.7]).tolist(),
    }


def answered(random: np.random.Generator, inputs: dict[str, list], bad: np.ndarray, **more):
    """Answers that are right 9 times of 10, and in the bad rows 2 times of 10."""
    labels = random.integers(0, 2, len(bad))
    right = random.random(len(bad)) < np.where(bad, 0.2, 0.9)
    positive = np.where(right == (labels == 1), 0.85, 0.15) + random.uniform(-0.1, 0.1, len(bad))
    return table(TASK, labels, np.stack([1 - positive, positive], axis=1), inputs=inputs, **more)


def page(declarations, features=FEATURES, before=()) -> Pipeline:
    """A real page with these lines in its slices. Raises SpecError where one does not fit."""
    pasted = tuple(eval(line, {"Buckets": Buckets}) for line in declarations)
    return Pipeline(
        name="planted",
        source=Csv("planted.csv"),
        task=TASK,
        features=features,
        model=Tabular(),
        slices=(*before, *pasted),
    )


PLANTED = {
    ("sex",): lambda c: np.array(c["sex"]) == "male",
    ("port",): lambda c: np.array(c["port"]) == "C",
    ("age (range)",): lambda c: np.array(c["age"]) < 20,
    ("fare (range)",): lambda c: np.array(c["fare"]) > 45,
    ("sex", "port"): lambda c: (np.array(c["sex"]) == "male") & (np.array(c["port"]) == "C"),
    ("age (range)", "sex"): lambda c: (np.array(c["age"]) < 20) & (np.array(c["sex"]) == "female"),
}


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), names=st.sampled_from(list(PLANTED)))
def test_a_planted_slice_is_found_first_and_its_line_fits_a_page(seed: int, names: tuple[str, ...]) -> None:
    random = np.random.default_rng(seed)
    inputs = columns(random, 1200)
    bad = PLANTED[names](inputs)
    found = slices.found(answered(random, inputs, bad))
    first = found.slices[0]
    assert tuple(first.slice) == names
    assert first.metric < 0.4 < 0.8 < first.other_metric and first.loss > first.other_loss
    assert first.p_value <= first.q_value < 0.05
    made = page({found.declaration for found in found.slices})
    assert {frozenset(found.slice) for found in found.slices} == {frozenset(names) for names in made.slice_columns}
    ranged = {buckets.name: buckets.labels for buckets in made.buckets}
    for each in found.slices:
        assert all(value in ranged[name] for name, value in each.slice.items() if name in ranged)


def test_the_lines_are_those_that_a_person_would_write() -> None:
    random = np.random.default_rng(3)
    inputs = columns(random, 1200)
    age, sex, port = np.array(inputs["age"]), np.array(inputs["sex"]), np.array(inputs["port"])
    found = slices.found(answered(random, inputs, ((age < 20) & (sex == "male")) | (port == "Q")))
    assert [each.declaration for each in found.slices] == ['(Buckets("age", edges=(20.0,)), "sex")', '"port"']
    assert [each.slice for each in found.slices] == [{"age (range)": "< 20", "sex": "male"}, {"port": "Q"}]
    assert found.slices[0].examples == ((age < 20) & (sex == "male")).sum()


def test_what_one_column_explains_is_not_said_again_of_two() -> None:
    random = np.random.default_rng(5)
    inputs = columns(random, 4000)
    found = slices.found(answered(random, inputs, np.array(inputs["sex"]) == "male"))
    assert [each.slice for each in found.slices] == [{"sex": "male"}]


def test_missing_values_are_a_group() -> None:
    random = np.random.default_rng(6)
    inputs = columns(random, 1000)
    gone = random.random((2, 1000)) < 0.1
    inputs["age"] = [None if lost else value for lost, value in zip(gone[0], inputs["age"], strict=True)]
    inputs["port"] = [None if lost else value for lost, value in zip(gone[1], inputs["port"], strict=True)]
    found = slices.found(answered(random, inputs, gone[0] | gone[1]))
    assert {(*each.slice.items(),) for each in found.slices} == {(("age (range)", "missing"),), (("port", "missing"),)}
    assert len(page({each.declaration for each in found.slices}).slices) == 2


def test_a_column_with_one_number_and_gaps_has_two_groups() -> None:
    random = np.random.default_rng(7)
    bad = random.random(500) < 0.3
    inputs = {"age": [None if lost else 0.1 for lost in bad], "sex": random.choice(["m", "f"], 500).tolist()}
    (found,) = slices.found(answered(random, inputs, bad)).slices
    assert found.slice == {"age (range)": "missing"} and found.declaration == 'Buckets("age", edges=(0.1,))'


def test_a_text_is_grouped_by_its_words_and_an_id_is_not() -> None:
    random = np.random.default_rng(8)
    lengths = random.integers(5, 60, 1000)
    texts = [" ".join(f"w{number}" for number in random.integers(0, 999, length)) for length in lengths]
    inputs = {"text": texts, "id": [f"id-{row}" for row in range(1000)]}
    found = slices.found(answered(random, inputs, lengths < 15))
    first = found.slices[0]
    assert list(first.slice) == ["text (words)"] and first.slice["text (words)"].startswith("< ")
    made = page([first.declaration], {"text": Text()})
    assert made.buckets[0].of == "words" and made.buckets[0].labels[0] == first.slice["text (words)"]
    assert not any("id" in each.slice for each in found.slices)


def test_the_page_s_own_edges_and_slices_are_kept() -> None:
    random = np.random.default_rng(9)
    inputs = columns(random, 1500)
    age, sex = np.array(inputs["age"]), np.array(inputs["sex"])
    own = Buckets("age", (18, 60))
    cells = {"age (range)": [own.labels[index] for index in np.searchsorted(own.edges, age, side="right")]}
    predicted = answered(
        random, inputs, (age < 18) | ((age >= 60) & (sex == "male")),
        slices=(("age (range)",),), buckets=(own,), slice_columns=cells,
    )  # fmt: skip
    found = slices.found(predicted).slices
    lines = {(*each.slice.items(),): each.declaration for each in found}
    assert lines[(("age (range)", "< 18"),)] == ""
    assert lines[("age (range)", ">= 60"), ("sex", "male")] == '(Buckets("age", edges=(18, 60)), "sex")'
    page([each.declaration for each in found if each.declaration], before=(own,))


def test_a_slice_column_that_is_no_input_is_searched_and_the_label_is_not() -> None:
    random = np.random.default_rng(10)
    inputs = columns(random, 1000)
    rating = random.choice(["1", "10"], 1000)
    predicted = answered(
        random, inputs, rating == "1",
        slices=(("rating", "sex"), ("y",)),
        slice_columns={"rating": rating.tolist(), "sex": inputs["sex"], "y": rating.tolist()},
    )  # fmt: skip
    (found,) = slices.found(predicted).slices
    assert found.slice == {"rating": "1"} and found.declaration == '"rating"'
    page([found.declaration], before=(("rating", "sex"),))


@pytest.mark.parametrize("losses", ["calibrated", "squared", "rare"])
def test_noise_has_slices_no_more_often_than_it_may(losses: str) -> None:
    """300 seeds of 130 to 600 rows: by Benjamini and Hochberg's bound at most one in twenty has any."""
    false = 0
    for seed in range(300):
        random = np.random.default_rng(seed)
        rows = int(random.integers(130, 600))
        inputs = columns(random, rows)
        if losses == "squared":
            errors = random.standard_t(4, rows) * 10
            predicted = table(Regression("y"), np.zeros(rows), errors, inputs=inputs)
        else:
            sure = random.beta(2, 1, rows) if losses == "calibrated" else np.full(rows, 0.9)
            labels = (random.random(rows) < sure).astype(int)
            predicted = table(TASK, labels, np.stack([1 - sure, sure], axis=1), inputs=inputs)
        false += bool(slices.found(predicted).slices)
    assert false <= 0.05 * 300


def test_the_p_values_are_those_of_scipy() -> None:
    random = np.random.default_rng(11)
    codes, other = random.integers(0, 3, 600), random.integers(-1, 2, 600)
    losses = random.exponential(np.where(codes == 1, 2.0, 1.0))
    groupings = [Grouping("a", ("x", "y", "z"), codes), Grouping("b", ("u", "v"), other)]
    found = group_tests.run(groupings, losses, 2)
    assert len(found.p_values) == 3 + 2 + 6
    for places, chosen, excess, p_value in zip(found.columns, found.codes, found.excess, found.p_values, strict=True):
        inside = np.ones(600, bool)
        parents = []
        for place, code in zip(places, chosen, strict=True):
            if place >= 0:
                parents.append(groupings[place].codes == code)
                inside &= parents[-1]
        around = [~inside, *((parent & ~inside for parent in parents) if len(parents) > 1 else ())]
        if all(losses[inside].var(ddof=1) >= losses[rest].var(ddof=1) for rest in around):
            tests = [ttest_ind(losses[inside], losses[rest], equal_var=False, alternative="greater") for rest in around]
            assert math.isclose(p_value, max(test.pvalue for test in tests), rel_tol=1e-6)
        assert math.isclose(excess, losses[inside].mean() - losses[~inside].mean(), abs_tol=1e-9)


def test_equal_losses_of_a_small_group_are_no_certainty() -> None:
    """Of losses of which four of five are 1, twenty are all 1 once in 87 times."""
    losses = np.r_[np.ones(SMALLEST), np.tile([1, 1, 1, 1, 0], 40)].astype(float)
    grouping = Grouping("a", ("x", "y"), np.r_[np.zeros(SMALLEST, int), np.ones(200, int)])
    assert 0.001 < group_tests.run([grouping], losses, 1).p_values[0] < 0.05


def test_pictures_and_small_splits_are_said_to_have_no_groups() -> None:
    random = np.random.default_rng(12)
    pictures = answered(random, {"image": [b"png"] * 100}, np.zeros(100, bool))
    found = slices.found(pictures)
    assert found[:2] == ((), 0) and "image is a picture" in found.notes[0]
    small = slices.found(answered(random, columns(random, 39), np.zeros(39, bool)))
    assert small[:2] == ((), 0) and "39 examples are fewer" in small.notes[0]


def test_answers_that_are_not_finite_count_as_the_largest_loss() -> None:
    random = np.random.default_rng(13)
    inputs = columns(random, 1000)
    male = np.array(inputs["sex"]) == "male"
    answers = np.where(male & (random.random(1000) < 0.5), np.inf, random.normal(size=1000))
    found = slices.found(table(Regression("y"), np.zeros(1000), answers, inputs=inputs))
    assert [each.slice for each in found.slices] == [{"sex": "male"}]
    assert found.slices[0].metric is None and math.isfinite(found.slices[0].loss)
    assert "not finite" in found.notes[0]


def test_only_frequent_values_are_groups() -> None:
    random = np.random.default_rng(14)
    values = random.choice([f"v{number}" for number in range(40)], 3000).tolist()
    found = slices.found(answered(random, {"city": values}, np.zeros(3000, bool)))
    assert found.tried == MOST_VALUES


def test_found_slices_travel_as_json() -> None:
    random = np.random.default_rng(15)
    inputs = columns(random, 1000)
    (found,) = slices.found(answered(random, inputs, np.array(inputs["sex"]) == "male")).slices
    assert type(found).from_json(found.to_json()) == found
    assert all(type(value) in (str, int, float, dict) for value in dataclasses.asdict(found).values())
