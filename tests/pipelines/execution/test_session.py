"""A session loads, builds and compiles; its steps publish how they go."""

import gc
from pathlib import Path

import pytest

from pipelines.execution import metadata_store, preflight, session
from pipelines.execution.session import Request
from pipelines.page import catalog
from pipelines.page.resolution import with_domains
from schemas import events
from schemas.home import Home


def test_a_step_that_is_launched_before_its_turn_fails_and_one_at_its_turn_does_not(tmp_path: Path) -> None:
    home = Home(tmp_path, tmp_path / "data")
    home.prepare("digits")
    request = Request(with_domains(catalog.load("digits")), home, limit=50)
    located = preflight.located(request.pipeline, home, request.span)
    heard: list[events.Event] = []
    with (
        events.listening(heard.append),
        session.opened(request, located, metadata_store.of_file(home.metadata), "run", tmp_path / "run.log") as opened,
    ):
        from pipelines.execution.launching import NodeFailedError

        assert next(iter(opened.nodes)) == "ExampleGen" and opened.seconds > 0
        with pytest.raises(NodeFailedError, match=r"^Schema: its inputs are not in the metadata store"):
            opened.launch("Schema")
        done = opened.launch("ExampleGen")
    imports, example_gen = (event for event in heard if isinstance(event, events.StepFinished))
    assert heard == [
        events.StepStarted("Imports"),
        imports,
        events.StepStarted("Schema"),
        events.StepFailed("Schema"),
        events.StepStarted("ExampleGen"),
        example_gen,
    ]
    assert example_gen == events.StepFinished("ExampleGen", done.seconds, cached=False)
    assert [Path(found.uri).is_dir() for found in done.outputs["examples"]] == [True]
    assert gc.isenabled()
