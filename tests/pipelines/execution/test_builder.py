"""What the table of steps makes of a page; a row without a wiring, or a wiring without a row, is named."""

from pathlib import Path

import pytest

from components.data.past_statistics import Past
from components.data.sources import Located
from pipelines import steps
from pipelines.execution import builder, launching
from pipelines.execution.wiring import WIRING, Parts
from pipelines.page import catalog
from pipelines.page.resolution import with_domains
from schemas.home import Home


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    located = Located("nowhere", "f" * 64, 1)
    return Parts(with_domains(catalog.load("digits")), located, Home(tmp_path, tmp_path), 0, Past())


def test_the_steps_of_a_task_can_be_built_alone_and_have_the_hash_of_their_code(parts: Parts) -> None:
    prepare = [step for step in steps.TABLE if step.task == "prepare"]
    made = builder.components(parts, prepare)
    assert [component.id for component in made] == [step.id for step in prepare]
    assert len({component.exec_properties["code"] for component in made}) == len(made)


def test_a_step_without_a_wiring_is_named(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(WIRING, "Cases")
    with pytest.raises(
        LookupError, match=r"^Cases: .*pipelines\.steps\.TABLE and pipelines\.execution\.wiring\.WIRING"
    ):
        builder.components(parts)


def test_a_wiring_without_a_step_is_named(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(WIRING, "Toy", WIRING["Schema"])
    with pytest.raises(LookupError, match=r"^Toy: "):
        builder.components(parts)


def test_a_step_that_is_not_cached_is_compiled_so(parts: Parts) -> None:
    built = builder.build(parts.pipeline, parts.located, parts.home, parts.home.root / "root")
    nodes = launching.nodes_of(launching.compiled(built, "run"))
    enabled = {name: node.execution_options.caching_options.enable_cache for name, node in nodes.items()}
    assert enabled == {step.id: step.cached for step in steps.TABLE}
    assert [name for name, cached in enabled.items() if not cached] == ["Pusher", "Registrar"]
