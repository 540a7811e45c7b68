from pathlib import Path

import pytest
from tensorflow_metadata.proto.v0 import schema_pb2

from pipelines.page import catalog
from schemas import curated
from schemas.errors import InputError

DATASETS = sorted(file.stem for file in Path(curated.__file__).parent.glob("*.pbtxt"))
SHIPS = """
feature { name: "Sex" type: BYTES domain: "sexes" }
feature { name: "Age" type: FLOAT }
feature { name: "Deck" type: BYTES string_domain { name: "Deck" value: "A" value: "B" } }
feature { name: "Port" type: BYTES domain: "nowhere" }
string_domain { name: "sexes" value: "female" value: "male" }
"""


@pytest.fixture
def ships() -> schema_pb2.Schema:
    return curated.parse(SHIPS, "ships")


def test_a_dataset_without_a_schema_has_an_empty_text() -> None:
    assert curated.text_of("no_such_dataset") == ""


def test_the_text_is_that_of_the_dataset_s_file() -> None:
    assert 'name: "Survived"' in curated.text_of("titanic")


@pytest.mark.parametrize("text", ["feature { name: ", "passengers { }", 'feature { type: "WORD" }'])
def test_a_text_that_is_no_schema_names_the_file_and_the_place(text: str) -> None:
    with pytest.raises(InputError, match=r"^schemas/ships\.pbtxt is not a tensorflow_metadata Schema .*: 1:\d+ : "):
        curated.parse(text, "ships")


def test_cut_keeps_the_columns_in_use_and_the_shared_domains(ships: schema_pb2.Schema) -> None:
    kept = curated.cut(ships, ("Age", "Sex"), "ships")
    assert [feature.name for feature in kept.feature] == ["Sex", "Age"]
    assert [domain.name for domain in kept.string_domain] == ["sexes"]


def test_cut_leaves_the_whole_schema_as_it_was(ships: schema_pb2.Schema) -> None:
    curated.cut(ships, ("Age",), "ships")
    assert len(ships.feature) == 4


def test_a_column_that_the_schema_lacks_is_named_with_what_to_add(ships: schema_pb2.Schema) -> None:
    with pytest.raises(InputError) as caught:
        curated.cut(ships, ("Age", "Fare"), "ships")
    assert str(caught.value) == (
        "schemas/ships.pbtxt has no feature 'Fare', which the page uses; add: feature { name: \"Fare\" ... }"
    )


def test_domains_are_the_closed_sets_shared_or_of_one_column(ships: schema_pb2.Schema) -> None:
    assert curated.domains(ships) == {"Sex": ("female", "male"), "Deck": ("A", "B")}


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_schema_has_a_page(dataset: str) -> None:
    assert dataset in catalog.names()


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_schema_covers_its_page_s_columns_with_their_types(dataset: str) -> None:
    page = catalog.load(dataset)
    schema = curated.parse(curated.text_of(dataset), dataset)
    kept = curated.cut(schema, tuple(page.columns()), dataset)
    label = schema_pb2.INT if page.task.classes_or_none else schema_pb2.FLOAT
    types = {"number": schema_pb2.FLOAT, "string": schema_pb2.BYTES, "image": schema_pb2.BYTES, "label": label}
    assert {feature.name: feature.type for feature in kept.feature} == {
        column: types[kind] for column, kind in page.columns().items()
    }


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_shared_domain_of_a_schema_is_there(dataset: str) -> None:
    schema = curated.parse(curated.text_of(dataset), dataset)
    named = {feature.domain for feature in schema.feature if feature.domain}
    assert named <= {domain.name for domain in schema.string_domain if domain.value}


def test_columns_are_added_as_optional_strings(ships: schema_pb2.Schema) -> None:
    before = len(ships.feature)
    curated.add_strings(ships, ("Age (range)",))
    added = ships.feature[before]
    assert (added.name, added.type, added.presence.min_fraction) == ("Age (range)", schema_pb2.BYTES, 0)
    assert added.presence.min_count == 0 and added.value_count.max == 1
