import dataclasses
import math
from collections.abc import Callable
from typing import Any, get_args

import pytest

from pipelines.spec import (
    BinaryClassification,
    Buckets,
    Category,
    Convolutional,
    Csv,
    Custom,
    Digits,
    Excluded,
    Geo,
    Image,
    MulticlassClassification,
    NGrams,
    Number,
    Pipeline,
    Regression,
    Sequence,
    Splits,
    Submission,
    Tabular,
    Text,
    Training,
)
from schemas import features, problems, tasks
from schemas.errors import InputError, SpecError, shown
from schemas.features import Feature
from schemas.models import Model
from schemas.sources import Columns, Source
from schemas.tasks import Classification, Task

MakePage = Callable[..., Pipeline]
CLASSES = ("no", "yes")
SOURCES = problems.kinds_named(get_args(Source))
TASKS = problems.kinds_named(tasks.KINDS)
FEATURES = problems.kinds_named(features.KINDS)
PICTURE = {"picture": Image()}
TITLE = "pipelines.titanic_features:title"
AT_LEAST_1 = "a whole number of at least 1"
AS_STRINGS = "columns that are read as strings (Category, Text, undeclared), or Buckets(...)"
SLICES = "a tuple of column names, Buckets(...), or tuples of these"
SLICE = "a column name, Buckets(...), or a tuple of these"
RANGES = 'a column that is read as a number, or with of="words" as a string'
BY_TONS = Buckets("tons", (10, 20))
MODELS = "Tabular(...), Convolutional(...), Sequence(...), NGrams(...), Custom('module:function') or Graph(...)"
FOR_NGRAMS = "exactly one Text(encoding='multi_hot' or 'tf_idf') with NGrams(...)"
BAG = Text(encoding="tf_idf")
LEFT_OUT = Excluded(Category(), "It is no business of ours.")
NOT_READ = "a column that is neither the label nor read by a feature"
NO_TABULAR = "Tabular(...), or exactly one Image feature with Convolutional(...)"


def test_a_sound_page_is_taken(make_page: MakePage) -> None:
    page = make_page(
        features={
            "tons": Number(),
            "flag": Category(),
            "log": Text(),
            "title": Category(derived=TITLE, of=("captain",)),
        },
        training=Training(epochs=3),
        slices=(
            "flag",
            "harbour",
            ("flag", "harbour"),
            "sunk",
            Buckets("tons", (10, 99.5)),
            (Buckets("log", (9,), "words"), "flag"),
        ),
        thresholds={"auc": 1.0, "loss": 5, "binary_accuracy": 0},
        tolerance=0,
        splits=Splits(1000, 1, 1, key=("captain",), salt=3),
    )
    assert page.name == "ships"


@pytest.mark.parametrize(
    "changes",
    [
        {"source": Digits(), "features": PICTURE, "model": Convolutional()},
        {"task": MulticlassClassification("sunk", ("a", "b", "c")), "thresholds": {"accuracy": 0.5}},
        {"task": Regression("price"), "thresholds": {"rmse": 30_000, "mae": 0}},
        {"name": "ships_2"},
        {"features": {"tons": Number()}, "slices": (("a", "b"),)},
        {"features": {"SibSp": Number(), "all": Number(derived="m:f", of=("SibSp", "Parch"))}},
        {"model": Tabular(hidden=(), dropout=0, l2=10, embed_above=1)},
        {"source": Csv("f", url="https://example.org/f", sha256="0a" * 32, missing=("", "NA"), delimiter="\t")},
    ],
)
def test_other_sound_pages_are_taken(make_page: MakePage, changes: dict[str, Any]) -> None:
    page = make_page(**changes)
    assert {name: getattr(page, name) for name in changes} == changes


PARTS = [
    ({"name": "Ships"}, "name", "Ships", "lower-case letters, digits and _, a letter first"),
    ({"name": "2ships"}, "name", "2ships", "lower-case letters, digits and _, a letter first"),
    ({"name": "my-ships"}, "name", "my-ships", "lower-case letters, digits and _, a letter first"),
    ({"name": ""}, "name", "", "lower-case letters, digits and _, a letter first"),
    ({"name": "../ships"}, "name", "../ships", "lower-case letters, digits and _, a letter first"),
    ({"name": 5}, "name", 5, "lower-case letters, digits and _, a letter first"),
    ({"source": "ships.csv"}, "source", "ships.csv", SOURCES),
    ({"source": Csv}, "source", Csv, SOURCES),
    ({"task": None}, "task", None, TASKS),
    ({"task": "regression"}, "task", "regression", TASKS),
    ({"model": None}, "model", None, MODELS),
    ({"model": {"hidden": 3}}, "model", {"hidden": 3}, MODELS),
    ({"model": Custom("no path")}, "model.build", "no path", "'module:function'"),
    ({"excluded": ("race",)}, "excluded", ("race",), "a mapping of names to Excluded(feature, why)"),
    ({"excluded": {"race": Category()}}, "excluded['race']", Category(), "Excluded(feature, why)"),
    (
        {"excluded": {"race": Excluded(Excluded, "It is.")}},
        "excluded['race'].feature",
        Excluded,
        "a feature, such as Number() or Category()",
    ),
    ({"excluded": {"race": Excluded(Number(scale="x"), "It is.")}}, "excluded['race'].scale", "x", "one of z_score"),
    ({"excluded": {"race": Excluded(Number(), "")}}, "excluded['race'].why", "", "a string that is not empty"),
    ({"excluded": {"tons": LEFT_OUT}}, "excluded", "tons", NOT_READ),
    ({"excluded": {"sunk": LEFT_OUT}}, "excluded", "sunk", NOT_READ),
    (
        {"features": {"rank": Category(derived=TITLE, of=("captain",))}, "excluded": {"captain": LEFT_OUT}},
        "excluded",
        "captain",
        NOT_READ,
    ),
    *(
        ({"features": features}, "features['where'].of", "lat", "columns that nothing else reads as a string")
        for features in (
            {"lat": Category(), "where": Geo(of=("lat", "lon"))},
            {"where": Geo(of=("lat", "lon")), "lat": Number(exact=True)},
            {"zone": Category(derived=TITLE, of=("lat",)), "where": Geo(of=("lat", "lon"))},
        )
    ),
    ({"training": None}, "training", None, "Training(...)"),
    ({"tolerance": -0.1}, "tolerance", -0.1, "a number of at least 0"),
    ({"tolerance": math.nan}, "tolerance", math.nan, "a number of at least 0"),
    ({"tolerance": "1%"}, "tolerance", "1%", "a number of at least 0"),
    ({"splits": {"train": 4}}, "splits", {"train": 4}, "Splits(...)"),
    ({"splits": None}, "splits", None, "Splits(...)"),
    ({"splits": Splits(eval=0)}, "splits.eval", 0, "a whole number from 1 to 1000"),
    ({"splits": Splits(test=0)}, "splits.test", 0, "a whole number from 1 to 1000"),
    ({"splits": Splits(train=0.8)}, "splits.train", 0.8, "a whole number from 1 to 1000"),
    ({"splits": Splits(train=1001)}, "splits.train", 1001, "a whole number from 1 to 1000"),
    ({"splits": Splits(key="captain")}, "splits.key", "captain", "a tuple of strings"),
    ({"splits": Splits(salt=-1)}, "splits.salt", -1, "a whole number of at least 0"),
]
INSIDE_PARTS = [
    ({"source": Csv("")}, "source.file", "", "a string that is not empty"),
    ({"source": Csv("f", url="https://x")}, "source.sha256", None, "the checksum of what the url gives"),
    ({"source": Csv("f", sha256="0A" * 32)}, "source.sha256", "0A" * 32, "64 lower-case hex digits"),
    ({"source": Csv("f", sha256="0a" * 31)}, "source.sha256", "0a" * 31, "64 lower-case hex digits"),
    ({"source": Csv("f", missing="NA")}, "source.missing", "NA", "a tuple of strings"),
    ({"source": Csv("f", missing=("", None))}, "source.missing", ("", None), "a tuple of strings"),
    ({"source": Csv("f", delimiter="")}, "source.delimiter", "", "one character"),
    ({"source": Csv("f", delimiter=", ")}, "source.delimiter", ", ", "one character"),
    ({"task": Regression("")}, "task.label", "", "a string that is not empty"),
    ({"task": BinaryClassification("y", ("a",))}, "task.classes", ("a",), "at least 2 of them"),
    ({"model": Tabular(hidden=(0,))}, "model.hidden", (0,), "a tuple of positive whole numbers"),
    ({"model": Tabular(hidden=[8])}, "model.hidden", [8], "a tuple of positive whole numbers"),
    ({"model": Tabular(dropout=1)}, "model.dropout", 1, "a number from 0 to 0.95"),
    ({"model": Tabular(l2=-1)}, "model.l2", -1, "a number from 0 to 10"),
    ({"model": Tabular(embed_above=0)}, "model.embed_above", 0, AT_LEAST_1),
    (
        {"features": PICTURE, "model": Convolutional(filters=())},
        "model.filters",
        (),
        "a tuple of positive whole numbers (1 or more of them)",
    ),
    ({"features": PICTURE, "model": Convolutional(hidden=0)}, "model.hidden", 0, AT_LEAST_1),
    ({"features": PICTURE, "model": Convolutional(dropout=-1)}, "model.dropout", -1, "a number from 0 to 0.95"),
    ({"training": Training(epochs=0)}, "training.epochs", 0, AT_LEAST_1),
    ({"training": Training(batch_size=0)}, "training.batch_size", 0, AT_LEAST_1),
    ({"training": Training(learning_rate=0)}, "training.learning_rate", 0, "a number from 1e-09 to 100"),
    ({"training": Training(patience=0)}, "training.patience", 0, AT_LEAST_1),
    ({"training": Training(seed=-1)}, "training.seed", -1, "a whole number from 0 to 2147483647"),
]
FEATURES = [
    ({"features": {}}, "features", {}, "a mapping of at least one name to a feature"),
    ({"features": None}, "features", None, "a mapping of at least one name to a feature"),
    ({"features": ("tons",)}, "features", ("tons",), "a mapping of at least one name to a feature"),
    ({"features": {"": Number()}}, "features", "", "a string that is not empty"),
    ({"features": {1: Number()}}, "features", 1, "a string that is not empty"),
    ({"features": {"tons": "number"}}, "features['tons']", "number", FEATURES),
    ({"features": {"tons": Number}}, "features['tons']", Number, FEATURES),
    (
        {"features": {"flag": Category(), "tons": Number(scale="big")}},
        "features['tons'].scale",
        "big",
        "one of z_score, log, min_max, none",
    ),
    ({"features": {"sunk": Category()}}, "features", "sunk", "features without the label"),
    (
        {"features": {"fate": Category(derived=TITLE, of=("sunk",))}},
        "features['fate'].of",
        "sunk",
        "columns without the label",
    ),
    (
        {"features": {"tons": Number(derived="m:f", of=("tons",))}},
        "features['tons']",
        "tons",
        "a name that is not a column some feature is derived from",
    ),
    ({"features": PICTURE}, "model", Tabular(), "Convolutional(...) for an Image feature"),
    ({"model": Convolutional()}, "model", Convolutional(), NO_TABULAR),
    ({"model": Sequence()}, "model", Sequence(), "exactly one Text(encoding='ids') with Sequence(...)"),
    ({"features": {"log": Text()}, "model": NGrams()}, "model", NGrams(), FOR_NGRAMS),
    ({"features": {"log": BAG, "tons": Number()}, "model": NGrams()}, "model", NGrams(), FOR_NGRAMS),
    ({"features": {"a": Image(), "b": Image()}, "model": Convolutional()}, "model", Convolutional(), NO_TABULAR),
]
SLICES_AND_THRESHOLDS = [
    ({"slices": "flag"}, "slices", "flag", SLICES),
    ({"slices": ["flag"]}, "slices", ["flag"], SLICES),
    ({"slices": (5,)}, "slices", 5, SLICE),
    ({"slices": ("",)}, "slices", "", SLICE),
    ({"slices": (["flag", "port"],)}, "slices", ["flag", "port"], SLICE),
    ({"slices": ((),)}, "slices", (), "at least 1 of them"),
    ({"slices": (("flag", "flag"),)}, "slices", ("flag", "flag"), "each of them once"),
    ({"slices": ("tons",)}, "slices", "tons", AS_STRINGS),
    ({"slices": (("flag", "tons"),)}, "slices", ("flag", "tons"), AS_STRINGS),
    ({"slices": ("flag", "flag")}, "slices", "flag", "each slice once"),
    ({"slices": ("flag", ("flag",))}, "slices", ("flag",), "each slice once"),
    ({"slices": (("flag", "port"), ("port", "flag"))}, "slices", ("port", "flag"), "each slice once"),
    ({"slices": (Buckets("tons"),)}, "slices.edges", (), "a tuple of one or more numbers"),
    ({"slices": (Buckets("tons", (2, 1)),)}, "slices.edges", (2, 1), "numbers that rise"),
    ({"slices": (Buckets("tons", (2, 2)),)}, "slices.edges", (2, 2), "numbers that rise"),
    ({"slices": (Buckets("tons", ("2",)),)}, "slices.edges", "2", "a number"),
    ({"slices": (Buckets("log", (2.5,), "words"),)}, "slices.edges", 2.5, AT_LEAST_1),
    ({"slices": (Buckets("log", (2,), "letters"),)}, "slices.of", "letters", "one of value, words"),
    ({"slices": (Buckets("", (2,)),)}, "slices.column", "", "a string that is not empty"),
    ({"slices": (Buckets("flag", (2,)),)}, "slices", Buckets("flag", (2,)), RANGES),
    ({"slices": (Buckets("tons", (2,), "words"),)}, "slices", Buckets("tons", (2,), "words"), RANGES),
    ({"slices": (Buckets("sunk", (2,)),)}, "slices", Buckets("sunk", (2,)), RANGES),
    ({"slices": (BY_TONS, (BY_TONS,))}, "slices", (BY_TONS,), "each slice once"),
    (
        {"slices": (BY_TONS, Buckets("tons", (10,)))},
        "slices",
        "tons (range)",
        "one Buckets(...) a column, and no column of that name",
    ),
    (
        {"slices": (BY_TONS, "tons (range)")},
        "slices",
        "tons (range)",
        "one Buckets(...) a column, and no column of that name",
    ),
    ({"thresholds": None}, "thresholds", None, "a mapping of metric names to bounds"),
    ({"thresholds": [("auc", 0.5)]}, "thresholds", [("auc", 0.5)], "a mapping of metric names to bounds"),
    ({"thresholds": {"loss": 10**400}}, "thresholds['loss']", 10**400, "a number of at least 0"),
    ({"thresholds": {"accuracy": 0.5}}, "thresholds", "accuracy", "one of binary_accuracy, auc, loss"),
    (
        {"task": Regression("price"), "thresholds": {"auc": 0.5}},
        "thresholds",
        "auc",
        "one of rmse, mae",
    ),
    ({"thresholds": {"auc": 1.01}}, "thresholds['auc']", 1.01, "a number from 0 to 1"),
    ({"thresholds": {"auc": -0.1}}, "thresholds['auc']", -0.1, "a number from 0 to 1"),
    ({"thresholds": {"auc": "high"}}, "thresholds['auc']", "high", "a number from 0 to 1"),
    ({"thresholds": {"loss": math.inf}}, "thresholds['loss']", math.inf, "a number of at least 0"),
]


@pytest.mark.parametrize(
    ("changes", "field", "received", "allowed"), [*PARTS, *INSIDE_PARTS, *FEATURES, *SLICES_AND_THRESHOLDS]
)
def test_a_mistake_names_dataset_field_value_and_what_is_allowed(
    make_page: MakePage, changes: dict[str, Any], field: str, received: object, allowed: str
) -> None:
    with pytest.raises(SpecError) as caught:
        make_page(**changes)
    dataset = changes.get("name", "ships")
    assert str(caught.value).startswith(f"{dataset}: {field}: received {shown(received, 200)}; use {allowed}")


def test_a_mistake_in_a_page_is_an_input_error() -> None:
    assert issubclass(SpecError, InputError)
    assert SpecError.exit_code == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"task": Task("sunk")}, "task"),
        ({"task": Classification("sunk", CLASSES)}, "task"),
        ({"model": Model()}, "model"),
        ({"features": {"tons": Feature()}}, "features['tons']"),
    ],
)
def test_what_all_kinds_share_is_no_kind_itself(make_page: MakePage, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(SpecError) as caught:
        make_page(**changes)
    assert str(caught.value).startswith(f"ships: {field}: received ")


def test_columns_are_those_of_features_slices_and_label(make_page: MakePage) -> None:
    page = make_page(
        features={"tons": Number(), "title": Category(derived=TITLE, of=("captain",))},
        slices=("captain", ("harbour", "sunk")),
    )
    assert page.columns() == {"tons": "number", "captain": "string", "harbour": "string", "sunk": "label"}


def test_ranges_are_slices_by_the_column_that_is_made_of_them(make_page: MakePage) -> None:
    by_age, by_words = Buckets("age", (18,)), Buckets("log", (9, 99), "words")
    page = make_page(slices=(BY_TONS, (BY_TONS, "flag"), by_age, (by_words, by_age)))
    assert page.slice_columns == (
        ("tons (range)",),
        ("tons (range)", "flag"),
        ("age (range)",),
        ("log (words)", "age (range)"),
    )
    assert page.buckets == (BY_TONS, by_age, by_words)
    assert page.columns() == {"tons": "number", "flag": "string", "age": "number", "log": "string", "sunk": "label"}


def test_a_regression_s_label_may_be_cut_into_ranges(make_page: MakePage) -> None:
    page = make_page(task=Regression("price"), slices=(Buckets("price", (1e5,)),))
    assert page.columns()["price"] == "label"


def test_a_slice_of_one_column_is_a_tuple_too(make_page: MakePage) -> None:
    assert make_page(slices=("flag", ("flag", "port"))).slice_columns == (("flag",), ("flag", "port"))


def test_a_left_out_column_is_not_read(make_page: MakePage) -> None:
    page = make_page(excluded={"race": LEFT_OUT})
    assert "race" not in page.columns() and "race" not in page.description.features


def test_values_are_needed_where_something_is_learned_from_them(make_page: MakePage) -> None:
    page = make_page(
        features={
            "tons": Number(),
            "port": Category(),
            "flag": Category(names=("red", "white")),
            "rank": Category(derived=TITLE, of=("captain",), names=("Mr",)),
            "crew": Number(derived="m:f", of=("tons", "sailors")),
            "log": Text(),
        },
        slices=("weather", Buckets("age", (18,))),
    )
    assert page.needed() == ("tons", "port", "sailors", "log", "age")


def test_the_configuration_is_what_was_chosen_but_not_the_seed(make_page: MakePage) -> None:
    configuration = make_page(training=Training(seed=1)).configuration()
    assert configuration == make_page(training=Training(seed=2)).configuration()
    for changes in (
        {"training": Training(epochs=7)},
        {"model": Tabular(hidden=(3,))},
        {"features": {"tons": Number()}},
    ):
        assert make_page(**changes).configuration() != configuration


def test_the_description_keeps_name_task_and_the_order_of_features(make_page: MakePage) -> None:
    description = make_page(features={"z": Number(), "a": Number()}).description
    assert (description.name, description.task.label) == ("ships", "sunk")
    assert list(description.features) == ["z", "a"]


def test_the_card_is_told_how_files_are_read_and_written(make_page: MakePage) -> None:
    page = make_page(source=Csv("f", missing=("NA",), delimiter=";"), submission=Submission("Id", "sunk"))
    assert page.card_fields() == {
        "reading": {"missing": ("NA",), "delimiter": ";"},
        "submission": {"id": "Id", "column": "sunk", "values": "index"},
        "splits": dataclasses.asdict(Splits()),
    }
    written = {"decimal": ",", "encoding": "latin-1", "header": False, "names": ("tons", "sunk")}
    page = make_page(source=Csv("part-*.csv", **written))
    assert page.card_fields()["reading"] == {"missing": ("",), "delimiter": ",", **written}
    page = make_page(source=Columns("f", names=("tons", "sunk"), missing=("?",)))
    assert page.card_fields()["reading"] == {"missing": ("?",)}
    price = make_page(task=Regression("price"), submission=Submission("Id", "price"))
    assert price.card_fields()["submission"] == {"id": "Id", "column": "price", "values": "value"}
    pictures = make_page(source=Digits(), features=PICTURE, model=Convolutional())
    assert pictures.card_fields() == {"reading": {}, "submission": None, "splits": dataclasses.asdict(Splits())}


@pytest.mark.parametrize(
    ("submission", "named"), [("Id", "submission: received 'Id'"), (Submission("", "y"), "submission.id")]
)
def test_a_submission_is_checked(make_page: MakePage, submission: Any, named: str) -> None:
    with pytest.raises(SpecError, match=named):
        make_page(submission=submission)
