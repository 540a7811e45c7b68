"""Uploads, drafts and written pages, by the studio's own routes and real `slipway new` processes."""

import gzip
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from schemas.home import Home
from studio.server import app
from studio.server.context import Studio
from studio.settings import Settings

ROWS = [f"{n}.5,{'brig' if n % 3 else 'cog'},{n % 4},{'yes' if n + n % 40 > 170 else 'no'}" for n in range(300)]
SHIPS = "\n".join(["length,kind,sails,left", *ROWS])
Draft = dict[str, Any]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SLIPWAY_PIPELINES", raising=False)
    monkeypatch.setenv("SLIPWAY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SLIPWAY_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    return Home.from_environment()


@pytest.fixture
def studio(home: Home) -> TestClient:
    return TestClient(app.make(Studio(home, Settings(max_upload_mb=1))))


def sent(studio: TestClient, name: str = "ships.csv", content: str | bytes = SHIPS, **form: str) -> httpx.Response:
    return studio.post("/api/drafts", files={"file": (name, content)}, data=form)


def edit_of(draft: Draft, **changes: Any) -> Draft:
    fields = ("name", "summary", "label", "task", "train", "eval", "test")
    edit = {name: draft[name] for name in fields}
    edit["kinds"] = {column["name"]: column["kind"] for column in draft["columns"]}
    edit["options"] = {column["name"]: column["options"] for column in draft["columns"]}
    return edit | changes


def saved(studio: TestClient, draft: Draft, **changes: Any) -> Draft:
    answer = studio.put(f"/api/drafts/{draft['id']}", json=edit_of(draft, **changes))
    assert answer.status_code == 200, answer.text
    found: Draft = answer.json()
    return found


def test_a_table_becomes_a_draft_that_is_kept(studio: TestClient) -> None:
    draft = sent(studio).json()
    assert (draft["rows"], draft["label"], draft["classes"]) == (300, "left", ["no", "yes"])
    assert draft["task"] == "BinaryClassification"
    assert {column["name"]: column["kind"] for column in draft["columns"]} == {
        "length": "number", "kind": "category", "sails": "category", "left": "category",
    }  # fmt: skip
    assert 'source=Csv("ships.csv")' in draft["page"] and draft["problems"] == []
    assert studio.get(f"/api/drafts/{draft['id']}").json() == draft


def test_the_written_page_is_a_dataset_of_the_studio_and_of_the_shell(studio: TestClient, home: Home) -> None:
    draft = saved(studio, sent(studio).json(), name="my_ships", kinds={"sails": "ignore"}, train=80, eval=10, test=10)
    answer = studio.post(f"/api/drafts/{draft['id']}/page")
    assert answer.status_code == 201
    assert answer.json() == {"dataset": "my_ships", "path": str(home.pages / "my_ships.py")}
    page = (home.pages / "my_ships.py").read_text()
    # As it was shown, and with what is measured when it is written.
    assert draft["page"].partition("features=")[2].partition("    tolerance")[0] in page and "thresholds={" in page
    assert (home.pages / "my_ships.pbtxt").is_file()
    assert (home.data / "my_ships" / "ships.csv").read_text() == SHIPS
    said = subprocess.run(
        [sys.executable, "-m", "slipway", "list", "--names"], capture_output=True, text=True, check=True
    )
    assert "my_ships" in said.stdout.split()
    dataset = studio.get("/api/datasets/my_ships").json()
    assert [one["name"] for one in dataset["inputs"]] and dataset["problem"] is None and dataset["outside"]
    assert {setting["name"]: setting["value"] for setting in dataset["settings"]}["train"] == 80


def test_a_name_that_is_taken_is_a_problem_at_its_field_and_refused(studio: TestClient, home: Home) -> None:
    draft = sent(studio).json()
    for name in ("titanic", "spec", "No Name", ""):
        changed = saved(studio, draft, name=name)
        assert [one["field"] for one in changed["problems"]] == ["name"] and changed["page"] == ""
        answer = studio.post(f"/api/drafts/{draft['id']}/page")
        assert answer.status_code == 422 and "name: " in answer.json()["detail"]
    assert not home.pages.exists() and not home.data.exists()


def test_data_of_another_file_is_never_overwritten(studio: TestClient, home: Home) -> None:
    there = home.data / "ships" / "ships.csv"
    there.parent.mkdir(parents=True)
    there.write_text("other")
    answer = studio.post(f"/api/drafts/{sent(studio).json()['id']}/page")
    assert answer.status_code == 422 and "holds other data" in answer.json()["detail"]
    assert there.read_text() == "other" and list(there.parent.iterdir()) == [there] and not home.pages.exists()


def test_edits_are_checked_by_field(studio: TestClient) -> None:
    draft = sent(studio).json()
    found = saved(studio, draft, kinds={"kind": "number"}, options={"length": {"scale": "cubic"}})
    assert [(one["field"], one["severity"]) for one in found["problems"]] == [("columns.kind", "error")]
    found = saved(studio, draft, options={"length": {"scale": "cubic"}})
    assert [one["field"] for one in found["problems"]] == ["columns.length"]
    assert "cubic" in found["problems"][0]["message"] and found["page"] == ""
    found = saved(studio, draft, kinds=dict.fromkeys(("length", "kind", "sails"), "ignore"))
    assert [one["field"] for one in found["problems"]] == ["columns"]
    found = saved(studio, draft, test=0)
    assert [one["field"] for one in found["problems"]] == ["splits"]
    found = saved(studio, draft, label="kind", task="Regression")
    assert [one["field"] for one in found["problems"]] == ["label"]
    found = saved(studio, draft, label="sails", task="MulticlassClassification")
    assert found["classes"] == ["0", "1", "2", "3"] and found["problems"] == []
    assert 'label="sails", classes=("0", "1", "2", "3")' in found["page"]


def test_a_compressed_table(studio: TestClient) -> None:
    draft = sent(studio, "My ships.csv.gz", gzip.compress(SHIPS.encode())).json()
    assert (draft["kind"], draft["rows"], draft["name"], draft["file"]) == ("csv", 300, "my_ships", "My ships.csv.gz")


def test_a_zip_of_pictures(studio: TestClient, home: Home) -> None:
    from sklearn.datasets import load_digits

    from tests.components.data.test_image_folder import Image, encoded

    digits = load_digits()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for row in range(200):
            picture = encoded(Image.fromarray((digits.images[row] * 15.9375).astype("uint8")))
            archive.writestr(f"signs/{digits.target[row]}/{row}.png", picture)
    draft = sent(studio, "My Signs.zip", buffer.getvalue()).json()
    assert (draft["kind"], draft["rows"], draft["name"], draft["classes"]) == (
        "images",
        200,
        "my_signs",
        list("0123456789"),
    )
    assert "Image(height=8, width=8, channels=1)" in draft["page"]
    answer = studio.post(f"/api/drafts/{draft['id']}/page")
    assert answer.status_code == 201 and (home.data / "my_signs" / "My Signs.zip").is_file()


@pytest.mark.parametrize(
    ("name", "content", "detail"),
    [
        ("a.exe", "x", "'a.exe' is not taken"),
        ("a.csv", "", "a.csv is empty"),
        ("a.csv", "a,a\n1,2\n", "the column 'a' twice"),
        ("a.csv", "a,b\n1,2,3\n", "received 3 cells"),
        ("a.csv", b"\x00\x01", "is no text file"),
        ("a.zip", "no zip", "neither a folder nor a zip"),
        ("a.csv", "a,b\n" + "1,2\n" * 300_000, "too large"),
        ("../../a.csv", "a\n1\n", "a.csv has the column 'a' alone"),
    ],
)
def test_what_cannot_be_read_is_said_and_not_kept(
    name: str, content: str | bytes, detail: str, studio: TestClient, home: Home
) -> None:
    answer = sent(studio, name, content)
    assert answer.status_code == 422 and detail in answer.json()["detail"], answer.text
    assert str(home.root) not in answer.json()["detail"]
    assert not list((home.root / "studio" / "uploads").glob("*"))


def test_a_label_that_is_asked_for(studio: TestClient) -> None:
    assert sent(studio, label="kind").json()["label"] == "kind"
    answer = sent(studio, label="mast")
    assert answer.status_code == 422 and "; its columns are 'length'" in answer.json()["detail"]


def test_what_is_no_draft_is_404(studio: TestClient) -> None:
    for id in ("0" * 16, "..", "x"):
        assert studio.get(f"/api/drafts/{id}").status_code == 404
    assert studio.post(f"/api/drafts/{'0' * 16}/page").status_code == 404


def test_uploads_of_more_than_a_week_ago_are_removed(studio: TestClient, home: Home) -> None:
    old, new = (sent(studio).json()["id"] for _ in range(2))
    folder = home.root / "studio" / "uploads" / old
    for file in (*folder.iterdir(), folder):
        os.utime(file, (0, file.stat().st_mtime - 8 * 86_400))
    sent(studio)
    assert studio.get(f"/api/drafts/{old}").status_code == 404
    assert studio.get(f"/api/drafts/{new}").status_code == 200
