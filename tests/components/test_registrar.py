"""The parts of a dossier that the Registrar makes itself; whole ones are in tests/e2e."""

import subprocess
from pathlib import Path

from tfx.types import standard_artifacts

from components.registrar import _origin, commit_of
from registry.dossier import Origin


def test_the_commit_of_a_page_says_whether_its_files_were_changed(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        return subprocess.run(
            ["git", "-C", tmp_path, *who, *arguments], check=True, capture_output=True, text=True
        ).stdout

    assert commit_of(tmp_path) is None  # no repository
    git("init", "-q")
    assert commit_of(tmp_path) is None  # no commit
    page = tmp_path / "page.py"
    page.write_text("pipeline = 1\n")
    git("add", "-A")
    git("commit", "-q", "-m", "a page")
    found = commit_of(tmp_path)
    assert found is not None and found.id == git("rev-parse", "HEAD").strip() and not found.changed
    page.write_text("pipeline = 2\n")
    changed = commit_of(tmp_path)
    assert changed is not None and changed.id == found.id and changed.changed


def test_an_artifact_s_origin_is_the_execution_that_made_it() -> None:
    made = standard_artifacts.Examples()
    made.uri, made.id = "/home/pipelines/titanic/ExampleGen/examples/12", 7
    assert _origin(made) == Origin("ExampleGen", 12, 7, "Examples", made.uri)
