import dataclasses
import json
import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import events
from schemas.events import Bytes, EpochEnded, Event, Note, StepFinished, StepStarted, Waiting

DOCS = Path(__file__).parents[2] / "docs" / "events.md"
_NUMBERS = st.floats()  # a loss may be infinite, or no number
_METRICS = st.dictionaries(st.text(), _NUMBERS, max_size=3)
_WORDS = st.text(max_size=20)
_JSON = st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text(), max_size=3)
_OF_TYPE: dict[Any, st.SearchStrategy[Any]] = {
    str: _WORDS,
    int: st.integers(),
    bool: st.booleans(),
    float: _NUMBERS,
    int | None: st.none() | st.integers(),
    events.Metrics: _METRICS,
}


def _built(kind: type[Event]) -> st.SearchStrategy[Event]:
    return st.builds(kind, **{each.name: _OF_TYPE.get(each.type, _JSON) for each in dataclasses.fields(kind)})


@given(st.one_of(*map(_built, events.KINDS.values())))
def test_an_event_is_read_as_it_was_written(event: Event) -> None:
    line = events.to_json(event)
    assert "\n" not in line
    # By their text, as no NaN is equal to itself.
    assert repr(events.from_json(line)) == repr(event)


@given(st.one_of(*map(_built, events.KINDS.values())))
def test_every_line_says_its_kind_and_version_and_is_json_for_any_reader(event: Event) -> None:
    def refused(number: str) -> None:
        raise AssertionError(f"{number} is no JSON")

    content = json.loads(events.to_json(event), parse_constant=refused)
    assert content.pop("event") == event.kind and content.pop("version") == 1
    assert set(content) == set(vars(event))


def test_fields_that_a_later_slipway_adds_are_ignored() -> None:
    assert events.from_json('{"event": "note", "version": 1, "text": "a", "colour": "red"}') == Note("a")


def test_fields_with_a_default_may_be_left_out() -> None:
    assert events.from_json('{"event": "bytes", "version": 1, "what": "a.csv", "done": 3}') == Bytes("a.csv", 3)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("epoch 1/3", "Expecting value"),
        ("[]", "an event of version 1 is expected"),
        ('{"event": "note", "text": "a"}', "an event of version 1 is expected"),
        ('{"event": "note", "version": 2, "text": "a"}', "an event of version 1 is expected"),
        ('{"event": "news", "version": 1}', "event 'news': one of run_started, "),
        ('{"event": "note", "version": 1}', "note: .* missing .*'text'"),
        ('{"event": "note", "version": 1, "text": 1}', r"note\.text: received 1, which is not of its type"),
        ('{"event": "bytes", "version": 1, "what": "a", "done": true}', r"bytes\.done: received True"),
        ('{"event": "run_finished", "version": 1, "result": []}', r"run_finished\.result: received \[\]"),
        (
            '{"event": "epoch_ended", "version": 1, "epoch": 1, "of": 2, "train": {"loss": "low"}}',
            r"epoch_ended\.train\.loss: received 'low'",
        ),
    ],
)
def test_what_is_no_event_is_refused(line: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        events.from_json(line)


def test_an_epoch_reads_as_one_line() -> None:
    train, judged = {"accuracy": 0.5, "loss": 1.25}, {"accuracy": 0.75, "loss": 0.123456}
    measured = "eval loss 0.1235, eval accuracy 0.75, loss 1.25, accuracy 0.5"
    assert str(EpochEnded(3, 30, train, judged)) == f"epoch 3/30: {measured}"
    assert str(EpochEnded(3, 30, train, judged, 1, 2)) == f"epoch 3/30 of model 1/2: {measured}"


_WORDS_FOR = {
    str: "text", int: "whole number", float: "number", bool: "true or false", int | None: "whole number or null",
    events.Metrics: "numbers by name", Mapping[str, Any]: "object",
}  # fmt: skip


def test_the_table_in_the_docs_has_every_event_with_its_fields_and_no_other() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| ([\w ]+) \| .+ \|$", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [
        (kind.kind, each.name, _WORDS_FOR[each.type])
        for kind in events.KINDS.values()
        for each in dataclasses.fields(kind)
    ]


def test_the_lines_that_the_docs_show_are_events() -> None:
    (block,) = re.findall(
        r"```\n\$ slipway run digits --events.*?\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL
    )
    lines = [line.replace(", ...}", "}") for line in block.splitlines() if line != "..."]
    shown = [events.from_json(line) for line in lines]
    assert isinstance(shown[0], events.RunStarted) and isinstance(shown[-1], events.RunFinished)


def test_every_listener_hears_each_event_in_order() -> None:
    first: list[Event] = []
    second: list[Event] = []
    with events.listening(first.append):
        events.publish(StepStarted("Trainer"))
        with events.listening(second.append):
            events.publish(StepFinished("Trainer", 1.5, False))
    assert first == [StepStarted("Trainer"), StepFinished("Trainer", 1.5, False)]
    assert second == [StepFinished("Trainer", 1.5, False)]


def test_nobody_hears_an_event_after_the_context() -> None:
    heard: list[Event] = []
    with events.listening(heard.append):
        pass
    events.publish(Note("too late"))
    assert heard == []


def test_a_listener_is_forgotten_when_the_step_fails() -> None:
    heard: list[Event] = []
    with pytest.raises(RuntimeError), events.listening(heard.append):
        raise RuntimeError
    events.publish(Note("too late"))
    assert heard == []


def test_what_a_person_would_read_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        events.publish(EpochEnded(1, 2, {}, {"accuracy": 0.95}))
        events.publish(Waiting("push", "another run is pushing"))
        events.publish(Bytes("ships.csv", 10, 20))
    assert caplog.messages == ["epoch 1/2: eval accuracy 0.95", "another run is pushing"]
