"""Removing folders, and what that frees."""

import os
from pathlib import Path

from registry import removal


def tree(folder: Path, size: int = 1000) -> Path:
    (folder / "inner").mkdir(parents=True)
    (folder / "inner" / "file").write_bytes(bytes(size))
    return folder


def test_a_file_with_several_names_counts_when_the_last_one_goes(tmp_path: Path) -> None:
    one = tree(tmp_path / "one")
    (tmp_path / "two").mkdir()
    os.link(one / "inner" / "file", tmp_path / "two" / "file")
    assert removal.freed([one]) == 0
    assert removal.freed([one, tmp_path / "two"]) == 1000
    assert removal.freed([tree(tmp_path / "three"), tmp_path / "three" / "inner" / "file"]) == 1000


def test_what_is_freed_is_what_the_disk_says(tmp_path: Path) -> None:
    tree(tmp_path / "kept", 10)
    gone = tree(tmp_path / "gone", 12345)
    assert removal.freed([gone, tmp_path / "not there"]) == 12345
    removal.remove(gone)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept"]


def test_a_folder_loses_its_name_first_and_an_attempt_that_was_killed_is_found(tmp_path: Path) -> None:
    hidden = tree(tmp_path / ".removing-5")
    assert removal.left_over(tmp_path) == [hidden]
    removal.remove(tree(tmp_path / "5"))  # over what the killed one has left
    removal.remove(tmp_path / "5")
    assert list(tmp_path.iterdir()) == []


def test_a_link_is_removed_and_not_what_it_leads_to(tmp_path: Path) -> None:
    kept = tree(tmp_path / "kept")
    (tmp_path / "link").symlink_to(kept)
    removal.remove(tmp_path / "link")
    assert (kept / "inner" / "file").exists() and not (tmp_path / "link").is_symlink()
