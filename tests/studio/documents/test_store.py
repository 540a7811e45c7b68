from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.documents import store
from studio.documents.store import ConflictError, Documents, MissingDocumentError
from studio.messages.documents import NewDocument, SaveDocument
from studio.messages.graphs import Edge, Graph, Node
from tests.studio.process import RunningStudio

GRAPH = Graph(
    name="small",
    dataset="digits",
    nodes=[
        Node(id="a", layer="InputLayer", name="input_0_image", config={"shape": [8, 8, 1]}, locked=True),
        Node(id="b", layer="Flatten", name="flatten"),
        Node(id="c", layer="Flatten", name="flatten", shares="b"),
    ],
    edges=[Edge(id="e", source="a", target="b")],
)


@pytest.fixture
def documents(tmp_path: Path) -> Documents:
    return Documents(tmp_path / "documents", tmp_path / "bin")


def test_a_document_comes_back_as_it_was_kept(documents: Documents, tmp_path: Path) -> None:
    kept = documents.create(NewDocument(name="mine", graph=GRAPH))
    assert kept.graph == GRAPH and kept.revision == 1
    assert Documents(tmp_path / "documents", tmp_path / "bin").read(kept.id) == kept
    (row,) = documents.rows()
    assert (row.id, row.name, row.dataset, row.revision, row.layers) == (kept.id, "mine", "digits", 1, 2)


def test_of_two_saves_on_one_revision_the_second_is_told_and_nothing_is_lost(documents: Documents) -> None:
    first = documents.create(NewDocument(name="mine", graph=GRAPH))
    hers = documents.save(first.id, SaveDocument(name="hers", graph=Graph(name="hers"), revision=1))
    with pytest.raises(ConflictError) as conflict:
        documents.save(first.id, SaveDocument(name="his", graph=Graph(name="his"), revision=1))
    assert conflict.value.current == hers == documents.read(first.id)
    assert documents.read(first.id, 1) == first
    his = documents.save(first.id, SaveDocument(name="his", graph=Graph(name="his"), revision=2))
    assert [row.name for row in documents.revisions(first.id)] == ["his", "hers", "mine"]
    assert documents.rows()[0].revision == his.revision == 3


def test_a_removed_document_is_in_the_bin(documents: Documents, tmp_path: Path) -> None:
    kept = documents.create(NewDocument(name="mine", graph=GRAPH))
    documents.remove(kept.id)
    assert documents.rows() == []
    for call in (documents.read, documents.revisions, documents.remove):
        with pytest.raises(MissingDocumentError, match=kept.id):
            call(kept.id)
    (folder,) = (tmp_path / "bin").iterdir()
    assert folder.name.startswith(kept.id) and list(folder.glob("*.json"))


@given(st.text())
def test_no_text_is_a_path(id: str) -> None:
    with pytest.raises(MissingDocumentError):
        Documents(Path("/"), Path("/nowhere")).read(id)


def test_a_stranger_in_the_folder_is_left_out(documents: Documents, tmp_path: Path) -> None:
    documents.create(NewDocument(name="mine", graph=GRAPH))
    spoilt = tmp_path / "documents" / "0123456789abcdef"
    spoilt.mkdir()
    assert len(documents.rows()) == 1
    (spoilt / "00000001.json").write_text("{")
    assert len(documents.rows()) == 1


def test_recent_revisions_are_kept_and_old_ones_thinned_out() -> None:
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    files = [Path(f"{number:08}.json") for number in range(1, 5001)]
    times = {file: begun + timedelta(seconds=30 * at) for at, file in enumerate(files)}
    gone = set(store._superfluous(files, times))
    kept = [file for file in files if file not in gone]
    assert kept[-20:] == files[-20:]
    assert len(kept) == 200
    older = [times[file] for file in kept[:-20]]
    assert {after - before for before, after in pairwise(older)} <= {
        timedelta(minutes=10),
        times[files[-21]] - older[-2],
    }


def test_a_save_after_many_others_leaves_the_newest(documents: Documents) -> None:
    kept = documents.create(NewDocument(name="0", graph=GRAPH))
    for revision in range(1, 40):
        documents.save(kept.id, SaveDocument(name=str(revision), graph=GRAPH, revision=revision))
    rows = documents.revisions(kept.id)
    assert [row.revision for row in rows][:20] == list(range(40, 20, -1))
    assert len(rows) <= 22  # of those before, the last of each ten minutes
    assert documents.read(kept.id).name == "39"


def test_over_http_the_second_save_gets_what_is_kept_now(studio: RunningStudio) -> None:
    kept = studio.http.post("/api/documents", json={"name": "mine", "graph": GRAPH.model_dump()}).json()
    path = f"/api/documents/{kept['id']}"
    change = {"name": "hers", "graph": kept["graph"], "revision": 1}
    assert studio.http.put(path, json=change).json()["revision"] == 2
    answer = studio.http.put(path, json=change | {"name": "his"})
    assert answer.status_code == 409
    assert answer.json()["current"] == studio.http.get(path).json()
    assert "not saved" in answer.json()["detail"]
    assert studio.http.get(f"{path}/revisions/1").json() == kept
    assert studio.http.get(f"{path}/revisions/7").status_code == 404
    assert studio.http.get(f"{path}/revisions/0").status_code == 422
    assert [row["revision"] for row in studio.http.get(f"{path}/revisions").json()] == [2, 1]
    assert studio.http.delete(path).status_code == 204
    assert studio.http.get(path).status_code == 404


def test_a_drawing_with_too_many_nodes_is_refused(studio: RunningStudio) -> None:
    nodes = [{"id": str(at), "layer": "Dense", "name": f"dense_{at}"} for at in range(1500)]
    nested = {"nodes": [*nodes, {"id": "m", "layer": "Model", "name": "m", "graph": {"nodes": nodes}}]}
    answer = studio.http.post("/api/documents", json={"name": "large", "graph": nested})
    assert answer.status_code == 422
    assert "3,001 nodes" in answer.json()["detail"] and "--max-nodes" in answer.json()["detail"]
