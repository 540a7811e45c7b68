"""What a release refuses before it builds anything."""

import subprocess
from pathlib import Path

import pytest

from release import inputs
from schemas.errors import InputError
from schemas.version import VERSION

DIGEST = f"python:3.11@sha256:{'0' * 64}"


def test_the_version_of_the_sources_is_taken() -> None:
    inputs.check_version(VERSION)


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("", "is no version"),
        ("latest", "is no version"),
        ("v0.1.0", "write it as 0.1.0"),
        ("0.1.0+local", "write it as 0.1.0"),
        ("99.0.0", f"schemas/version.py has '{VERSION}'"),
    ],
)
def test_another_version_is_refused(version: str, said: str) -> None:
    with pytest.raises(InputError, match=r"^VERSION: ") as caught:
        inputs.check_version(version)
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_a_manifest_with_another_version_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "ROOT", tmp_path)
    (tmp_path / "k8s").mkdir()
    (tmp_path / "k8s" / "job.yaml").write_text("image: slipway-trainer:0.0.9\n")
    with pytest.raises(InputError, match=r"^k8s/job.yaml: names the version '0.0.9'"):
        inputs.check_version(VERSION)


@pytest.mark.parametrize("name", ["gateway", "trainer", "studio"])
def test_the_dockerfiles_name_one_pinned_base_and_another_can_be_given(name: str) -> None:
    path = inputs.IMAGES / f"{name}.Dockerfile"
    assert "@sha256:" in inputs.base_of(path)
    assert inputs.base_of(path, "mine:1") == "mine:1"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("FROM python:3.11\n", r"line 1: FROM 'python:3.11' has no digest"),
        ("ARG PYTHON_IMAGE=python:3.11\nFROM ${PYTHON_IMAGE} AS build\n", "line 2: FROM 'python:3.11' has no digest"),
        (f"FROM {DIGEST}\nFROM --platform=linux/amd64 debian\n", "line 2: FROM 'debian' has no digest"),
        (f"FROM {DIGEST}\nFROM other@sha256:{'1' * 64}\n", "one base is expected"),
        ("ARG X=1\n", "one base is expected"),
    ],
)
def test_a_base_without_a_digest_is_refused(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "x.Dockerfile"
    path.write_text(text)
    with pytest.raises(InputError, match=said):
        inputs.base_of(path)


def test_a_stage_is_no_base(tmp_path: Path) -> None:
    path = tmp_path / "x.Dockerfile"
    path.write_text(f"FROM {DIGEST} AS build\nFROM build\n")
    assert inputs.base_of(path) == DIGEST


def git(folder: Path, *arguments: str) -> str:
    name = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
    return subprocess.run(["git", *name, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(inputs, "ROOT", tmp_path)
    for name in ("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"):  # git stash create makes a commit
        monkeypatch.setenv(name, "Test")
    for name in ("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"):
        monkeypatch.setenv(name, "test@example.com")
    git(tmp_path, "init", "--quiet")
    (tmp_path / "a").write_text("1")
    git(tmp_path, "add", "a")
    git(tmp_path, "commit", "--quiet", "--message=one")
    return tmp_path


def test_a_clean_work_tree_is_its_commit(clone: Path) -> None:
    found = inputs.source(dirty=False)
    assert found.tree == found.commit == git(clone, "rev-parse", "HEAD").strip()
    assert (found.dirty, found.time) == (False, int(git(clone, "log", "--format=%ct")))


def test_a_dirty_work_tree_is_refused_unless_said(clone: Path) -> None:
    (clone / "a").write_text("2")
    with pytest.raises(InputError, match=r"1 file\(s\) that are not committed, the first is 'a': .*DIRTY=1"):
        inputs.source(dirty=False)
    found = inputs.source(dirty=True)
    assert found.dirty and git(clone, "show", f"{found.tree}:a") == "2" and git(clone, "show", "HEAD:a") == "1"


def test_an_untracked_file_makes_it_dirty_and_is_not_built(clone: Path) -> None:
    (clone / "b").write_text("2")
    with pytest.raises(InputError, match="the first is 'b'"):
        inputs.source(dirty=False)
    found = inputs.source(dirty=True)
    assert found.dirty and found.tree == found.commit


def test_no_clone_is_refused_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "ROOT", tmp_path)
    with pytest.raises(InputError, match=r"^git status: .*a release is made from a clone$"):
        inputs.source(dirty=False)
