"""Labels as a person gives them, and as a server follows them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry import labels
from registry.labels import Followed, Label
from schemas.errors import InputError
from schemas.model_card import ModelCard

MakeCard = Callable[..., ModelCard]


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    return tmp_path / "registry" / "titanic"


def test_a_label_says_who_gave_it_and_why_and_moves(
    registry: Path, make_card: MakeCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "ada")
    assert labels.read(registry) == {}
    labels.put(registry, "stable", make_card(version="1.0.0", serving_version=5), "Passed the audit.")
    labels.put(registry, "canary", make_card(version="1.1.0", serving_version=6), "")
    found = labels.read(registry)
    assert list(found) == ["canary", "stable"]
    assert (found["stable"].version, found["stable"].serving_version) == ("1.0.0", 5)
    assert (found["stable"].by, found["stable"].why) == ("ada", "Passed the audit.")
    labels.put(registry, "stable", make_card(version="1.1.0", serving_version=6), "")
    assert labels.read(registry)["stable"].version == "1.1.0"
    assert labels.remove(registry, "stable").version == "1.1.0"
    assert list(labels.read(registry)) == ["canary"]
    with pytest.raises(InputError, match="there is no label 'stable'; there are canary"):
        labels.remove(registry, "stable")


@given(st.from_regex(r"[A-Za-z][A-Za-z0-9._-]{0,62}", fullmatch=True))
def test_a_name_that_is_allowed_is_never_a_version(name: str) -> None:
    labels.check_name(name)
    assert not name.replace(".", "").isdigit()


@pytest.mark.parametrize("name", ["", "1.0.0", "7", "a/b", "a b", "-x", "stable\n", "a" * 64, "größe"])
def test_a_name_that_would_be_a_path_or_a_version_is_refused(registry: Path, make_card: MakeCard, name: str) -> None:
    with pytest.raises(InputError, match="a letter and then up to 62 letters"):
        labels.put(registry, name, make_card(version="1.0.0", serving_version=5), "")
    assert not registry.exists()


@pytest.mark.parametrize("content", ["[]", '{"stable": "1.0.0"}', '{"stable": {"version": "1.0.0"}}', "{"])
def test_a_file_that_cannot_be_read_is_named(registry: Path, content: str) -> None:
    registry.mkdir(parents=True)
    (registry / labels.FILE).write_text(content)
    with pytest.raises(InputError, match=f"cannot read the labels {registry / labels.FILE}"):
        labels.read(registry)


def test_a_server_follows_a_change_and_keeps_what_it_had_when_the_file_is_bad(
    registry: Path, make_card: MakeCard
) -> None:
    said: list[str] = []
    followed = Followed(registry.parent, said.append)
    followed.refresh(["titanic", "digits"])
    assert followed.of("titanic") == {}
    labels.put(registry, "stable", make_card(version="1.0.0", serving_version=5), "")
    followed.refresh(["titanic", "digits"])
    kept: dict[str, Label] = followed.of("titanic")
    assert kept["stable"].serving_version == 5 and followed.of("digits") == {}
    (registry / labels.FILE).write_text("{")
    for _ in range(3):
        followed.refresh(["titanic"])
    assert followed.of("titanic") == kept
    assert len(said) == 1 and str(registry / labels.FILE) in said[0]
    (registry / labels.FILE).write_text(json.dumps({}))
    followed.refresh(["titanic"])
    assert followed.of("titanic") == {}
