import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from components.data.sources import Located
from pipelines import steps
from pipelines.page import handpicked, resolution
from pipelines.page.resolution import fingerprint, resolved, settings_of, with_domains, with_included, with_settings
from pipelines.spec import (
    Buckets,
    Category,
    Convolutional,
    Custom,
    Excluded,
    Image,
    Number,
    Pipeline,
    Sequence,
    Splits,
    Tabular,
    Text,
    Training,
)
from schemas import curated
from schemas.errors import InputError, SpecError

MakePage = Callable[..., Pipeline]
LOCATED = Located("ships.csv", "f" * 64, 100)
SEXES = 'feature { name: "flag" domain: "flag" } string_domain { name: "flag" value: "red" value: "white" }'


def test_without_settings_the_page_stays(make_page: MakePage) -> None:
    assert with_settings(make_page(), []) == make_page()


@pytest.mark.parametrize(
    ("setting", "part", "field", "value"),
    [
        ("dropout=0.3", "model", "dropout", 0.3),
        ("dropout=0", "model", "dropout", 0.0),
        ("l2=1e-4", "model", "l2", 1e-4),
        ("embed_above=4", "model", "embed_above", 4),
        ("hidden=128", "model", "hidden", (128,)),
        ("hidden=64, 32,", "model", "hidden", (64, 32)),
        ("hidden=", "model", "hidden", ()),
        ("epochs=3", "training", "epochs", 3),
        ("learning_rate=0.01", "training", "learning_rate", 0.01),
        ("seed=7", "training", "seed", 7),
        ("wide=true", "model", "wide", True),
        ("batch_norm=True", "model", "batch_norm", True),
        ("balanced=false", "training", "balanced", False),
        ("schedule=cosine", "training", "schedule", "cosine"),
        ("weight_decay=1", "training", "weight_decay", 1.0),
        ("ensemble=3", "training", "ensemble", 3),
        ("workers=2", "training", "workers", 2),
        ("xla=true", "training", "xla", True),
        ("precision=mixed_bfloat16", "training", "precision", "mixed_bfloat16"),
        ("train=8", "splits", "train", 8),
        ("salt=5", "splits", "salt", 5),
        ("key=name, port", "splits", "key", ("name", "port")),
    ],
)
def test_a_setting_changes_its_field_alone(
    make_page: MakePage, setting: str, part: str, field: str, value: object
) -> None:
    page = make_page()
    changed = with_settings(page, [setting])
    assert getattr(getattr(changed, part), field) == value
    assert type(getattr(getattr(changed, part), field)) is type(value)
    assert changed == dataclasses.replace(page, **{part: dataclasses.replace(getattr(page, part), **{field: value})})


def test_settings_of_both_parts_are_taken_together_and_the_last_one_counts(make_page: MakePage) -> None:
    changed = with_settings(make_page(), ["epochs=3", "hidden=8", "epochs=4", "patience=2"])
    assert changed.model == Tabular(hidden=(8,))
    assert changed.training == Training(epochs=4, patience=2)


def test_the_keys_are_those_of_the_page_s_own_model(make_page: MakePage) -> None:
    page = make_page(features={"picture": Image()}, model=Convolutional())
    assert with_settings(page, ["filters=8"]).model == Convolutional(filters=(8,))
    assert with_settings(page, ["flip=true", "shift=0.1"]).model == Convolutional(flip=True, shift=0.1)
    with pytest.raises(InputError, match="'wide=true'"):
        with_settings(page, ["wide=true"])
    text = make_page(features={"log": Text()}, model=Sequence())
    assert with_settings(text, ["reader=gru"]).model == Sequence(reader="gru")
    own = make_page(model=Custom("a.b:c"))
    assert with_settings(own, ["build=d.e:f"]).model == Custom("d.e:f")


@pytest.mark.parametrize("setting", ["epochs", "", "=3", "colour=3", "Epochs=3", "name=boats", "model.hidden=3"])
def test_what_is_no_known_key_and_value_is_answered_with_the_keys(make_page: MakePage, setting: str) -> None:
    with pytest.raises(InputError) as caught:
        with_settings(make_page(), [setting])
    start, _, keys = str(caught.value).partition(", KEY one of ")
    assert start == f"--set {setting!r}: KEY=VALUE is expected"
    known = keys.split(", ")
    assert known == sorted(known)
    # Keys of the page's model and of its training; a rotation belongs to another model.
    assert {"hidden", "dropout", "epochs", "seed"} <= set(known)
    assert "rotate" not in known


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("epochs=many", "received 'many'; a value of type int is expected, such as 100"),
        ("epochs=1.5", "received '1.5'; a value of type int is expected, such as 100"),
        ("epochs=", "received ''; a value of type int is expected, such as 100"),
        ("dropout=a=b", "received 'a=b'; a value of type float is expected, such as 0.2"),
        ("hidden=8,x", "received '8,x'; whole numbers with commas between is expected, such as (64, 32)"),
        ("wide=yes", "received 'yes'; true or false is expected, such as False"),
        ("wide=1", "received '1'; true or false is expected, such as False"),
        ("salt=a", "received 'a'; a value of type int is expected, such as 0"),
        ("hidden=1.5", "received '1.5'; whole numbers with commas between is expected, such as (64, 32)"),
    ],
)
def test_a_value_of_another_type_is_refused(make_page: MakePage, setting: str, expected: str) -> None:
    with pytest.raises(InputError) as caught:
        with_settings(make_page(), [setting])
    assert str(caught.value) == f"--set {setting}: {expected}"


@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        ("epochs=0", "training.epochs: received 0; use a whole number of at least 1"),
        ("dropout=nan", "model.dropout: received nan; use a number from 0 to 0.95"),
        ("dropout=1", "model.dropout: received 1.0; use a number from 0 to 0.95"),
        ("schedule=linear", "training.schedule: received 'linear'; use one of constant, cosine"),
        ("eval=0", "splits.eval: received 0; use a whole number from 1 to 1000"),
        ("hidden=8,-8", "model.hidden: received (8, -8); use a tuple of positive whole numbers"),
    ],
)
def test_a_value_that_is_not_allowed_is_refused(make_page: MakePage, setting: str, problem: str) -> None:
    with pytest.raises(SpecError) as caught:
        with_settings(make_page(), [setting])
    assert str(caught.value) == f"ships: {problem}"


def test_the_type_is_the_field_s_and_not_that_of_the_page_s_value(make_page: MakePage) -> None:
    page = make_page(model=Tabular(dropout=0, hidden=()))
    assert with_settings(page, ["dropout=0.3", "hidden=64,32"]).model == Tabular(dropout=0.3, hidden=(64, 32))
    with pytest.raises(InputError, match=r"^--set embed_above=0\.5: received '0\.5'; a value of type int"):
        with_settings(page, ["embed_above=0.5"])


LEFT_OUT = {"race": Excluded(Category(), "No business of ours."), "age": Excluded(Number(), "Nor this.")}


def test_a_left_out_feature_is_taken_in_after_the_others(make_page: MakePage) -> None:
    page = with_included(make_page(excluded=LEFT_OUT), ["age"])
    assert list(page.features) == ["tons", "flag", "age"] and page.features["age"] == Number()
    assert page.excluded == {"race": LEFT_OUT["race"]}
    assert page == with_included(page, [])
    assert page.configuration() != make_page(excluded=LEFT_OUT).configuration()
    assert fingerprint(page, LOCATED, 0) != fingerprint(make_page(excluded=LEFT_OUT), LOCATED, 0)


@pytest.mark.parametrize(
    ("excluded", "names", "error"),
    [
        (LEFT_OUT, ["tons"], "--include 'tons': ships leaves out no such feature; it leaves out: race, age"),
        ({}, ["race"], "--include 'race': ships leaves out no such feature; it leaves out: none"),
    ],
)
def test_what_is_not_left_out_cannot_be_taken_in(
    make_page: MakePage, excluded: dict[str, Excluded], names: list[str], error: str
) -> None:
    with pytest.raises(InputError) as caught:
        with_included(make_page(excluded=excluded), names)
    assert str(caught.value) == error


@pytest.fixture
def schema(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes a text the curated schema of every dataset."""
    return lambda text: monkeypatch.setattr(curated, "text_of", lambda _: text)


def test_without_a_curated_schema_the_page_stays(make_page: MakePage) -> None:
    assert with_domains(make_page()) == make_page()


def test_a_closed_domain_gives_a_category_its_names(make_page: MakePage, schema: Callable[[str], None]) -> None:
    schema(SEXES)
    page = with_domains(make_page(features={"tons": Number(), "flag": Category(min_count=2), "port": Category()}))
    assert page.features == {
        "tons": Number(),
        "flag": Category(min_count=2, names=("red", "white")),
        "port": Category(),
    }
    assert list(page.features) == ["tons", "flag", "port"]


def test_names_of_the_page_count_before_the_domain(make_page: MakePage, schema: Callable[[str], None]) -> None:
    schema(SEXES)
    features = {"flag": Category(names=("blue",))}
    assert with_domains(make_page(features=features)).features == features


def test_a_hashed_category_has_no_domain(make_page: MakePage, schema: Callable[[str], None]) -> None:
    schema(SEXES)
    features = {"flag": Category(hash=10)}
    assert with_domains(make_page(features=features)).features == features


def test_a_derived_category_has_no_domain(make_page: MakePage, schema: Callable[[str], None]) -> None:
    schema(SEXES)
    features = {"flag": Category(derived="m:f", of=("colours",))}
    assert with_domains(make_page(features=features)).features == features


def test_a_curated_schema_with_a_mistake_is_an_input_error(make_page: MakePage, schema: Callable[[str], None]) -> None:
    schema("no schema")
    with pytest.raises(InputError, match=r"^schemas/ships\.pbtxt is not "):
        with_domains(make_page())


def test_the_titanic_s_domains_are_taken_from_its_schema() -> None:
    from pipelines.titanic import pipeline

    features = with_domains(pipeline).features
    assert features["Sex"] == Category(names=("female", "male"))
    assert features["Pclass"] == Category(names=("1", "2", "3"))


def test_statistics_have_no_code_of_ours(make_page: MakePage) -> None:
    assert steps.modules(make_page())["StatisticsGen"] == ()


def test_the_trainer_runs_the_user_s_own_module_as_well(make_page: MakePage) -> None:
    modules = steps.modules(make_page(model=Custom("mine.ships:build")))
    assert set(modules["Trainer"]) >= {"components.training.trainer", "components.training.models.custom", "mine.ships"}
    assert not any("mine.ships" in found for step, found in modules.items() if step != "Trainer")


def test_the_fingerprint_stays_where_nothing_changes(make_page: MakePage) -> None:
    # Pages and what was located are made anew: their identity must not count, nor where the file lies.
    first = fingerprint(make_page(), LOCATED, 0)
    assert fingerprint(make_page(), dataclasses.replace(LOCATED, path="elsewhere/ships.csv"), 0) == first


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "boats"},
        {"features": {"flag": Category(), "tons": Number()}},
        {"features": {"tons": Number(scale="log"), "flag": Category()}},
        {"model": Tabular(dropout=0.3)},
        {"training": Training(seed=2)},
        {"slices": ("flag",)},
        {"thresholds": {"auc": 0.5}},
        {"tolerance": 0.02},
        {"splits": Splits(train=80)},
        {"slices": (Buckets("tons", (10,)),)},
    ],
)
def test_the_fingerprint_changes_with_the_page(make_page: MakePage, changes: dict[str, Any]) -> None:
    assert fingerprint(make_page(**changes), LOCATED, 0) != fingerprint(make_page(), LOCATED, 0)


def test_the_fingerprint_changes_with_limit_and_data(make_page: MakePage) -> None:
    page = make_page()
    other = dataclasses.replace(LOCATED, fingerprint="0" * 64)
    found = {fingerprint(page, LOCATED, 0), fingerprint(page, LOCATED, 100), fingerprint(page, other, 0)}
    assert len(found) == 3


def test_what_was_accepted_once_is_another_run_than_what_may_stop(make_page: MakePage) -> None:
    accepted = fingerprint(make_page(), LOCATED, 0, accept_drift=True)
    assert accepted != fingerprint(make_page(), LOCATED, 0)


def test_the_fingerprint_changes_with_the_curated_schema(make_page: MakePage, schema: Callable[[str], None]) -> None:
    before = fingerprint(make_page(), LOCATED, 0)
    schema(SEXES)
    assert fingerprint(make_page(), LOCATED, 0) != before


def test_the_fingerprint_changes_with_the_handpicked_cases(
    make_page: MakePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = fingerprint(make_page(), LOCATED, 0)
    monkeypatch.setattr(handpicked, "text_of", lambda _: "{}")
    assert fingerprint(make_page(), LOCATED, 0) != before


def test_the_fingerprint_changes_with_the_code_of_any_step(
    make_page: MakePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = make_page(features={"rank": Category(derived="pipelines.titanic_features:title", of=("captain",))})
    hashed: list[str] = []

    def code_version(*modules: str) -> str:
        hashed.extend(modules)
        return "another version"

    before = fingerprint(page, LOCATED, 0)
    monkeypatch.setattr(resolution, "code_version", code_version)
    assert fingerprint(page, LOCATED, 0) != before
    assert {
        "components.data.sources.csv_file", "components.data.example_gen", "components.features.preprocessing",
        "components.training.trainer", "components.training.models.tabular", "components.evaluation.cases",
        "components.evaluation.evaluator", "components.pusher",
        "pipelines.titanic_features",
    } <= set(hashed)  # fmt: skip


@pytest.mark.parametrize(
    "settings",
    [
        [],
        ["hidden="],
        ["dropout=0.0", "hidden=128,64", "batch_norm=true"],
        ["learning_rate=0.0003", "schedule=cosine", "salt=3"],
        ["key=flag"],
    ],
)
def test_the_settings_of_a_changed_page_are_those_that_change_it(make_page: MakePage, settings: list[str]) -> None:
    page = make_page()
    found = settings_of(page, with_settings(page, settings))
    assert sorted(found) == sorted(settings)
    assert with_settings(page, list(found)) == with_settings(page, settings)


def test_another_file_of_word_vectors_is_another_run(
    make_page: MakePage, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLIPWAY_DATA", str(tmp_path))
    page = make_page(features={"note": Text(pretrained="glove.txt")})
    file = tmp_path / page.name / "glove.txt"
    with pytest.raises(InputError, match=r"glove\.txt: No such file or directory; put the file of word vectors there"):
        resolved(page)
    assert with_domains(page) == page, "what reads no data needs no file"
    file.parent.mkdir()
    found = []
    for text in ("tea 1 2\n", "tea 1 3\n"):
        file.write_text(text)
        found.append(resolved(page))
    assert fingerprint(found[0], LOCATED, 0) != fingerprint(found[1], LOCATED, 0)
    first = found[0].features["note"]
    with pytest.raises(InputError, match=r"its sha256 is .*; fetch it again"):
        resolved(make_page(features={"note": first}))
