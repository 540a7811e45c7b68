import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.files import OWNER_ONLY, part_of, replacing, whole_folder, write_whole


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def failing(path: Path) -> None:
    with replacing(path) as part:
        part.write_text("half")
        raise KeyboardInterrupt


def failing_folder(path: Path) -> None:
    with whole_folder(path) as part:
        (part / "first").write_text("half")
        raise KeyboardInterrupt


def test_text_and_bytes_replace_the_file_before_and_missing_folders_are_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "map.json"
    write_whole(path, "é\n")
    assert path.read_bytes() == b"\xc3\xa9\n"
    write_whole(path, b"\0")
    assert path.read_bytes() == b"\0" and names(path.parent) == ["map.json"]


def test_a_missing_folder_is_an_error_where_it_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "none" / "file", "text", parents=False)
    assert not names(tmp_path)


@pytest.mark.parametrize("fail", [failing, failing_folder])
def test_after_an_error_nothing_is_left(tmp_path: Path, fail: Callable[[Path], None]) -> None:
    with pytest.raises(KeyboardInterrupt):
        fail(tmp_path / "new")
    assert not names(tmp_path)


def test_after_an_error_the_file_before_stays(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("before")
    with pytest.raises(KeyboardInterrupt):
        failing(path)
    assert path.read_text() == "before" and names(tmp_path) == ["file"]


def test_a_file_has_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with replacing(path) as part:
        part.write_text("half")
        assert not path.exists() and part.parent == tmp_path and part.name.startswith(".")
        part.write_text("whole")
    assert path.read_text() == "whole" and not part.exists()


def test_what_a_killed_attempt_left_is_written_over(tmp_path: Path) -> None:
    path, folder = tmp_path / "file", tmp_path / "folder"
    part_of(path).write_text("half a file, and longer")
    part_of(path).chmod(0o644)
    (part_of(folder) / "old").mkdir(parents=True)
    write_whole(path, "whole", mode=OWNER_ONLY)
    with whole_folder(folder) as part:
        (part / "new").write_text("")
    assert path.read_text() == "whole" and stat.S_IMODE(path.stat().st_mode) == OWNER_ONLY
    assert names(folder) == ["new"] and names(tmp_path) == ["file", "folder"]


def test_a_secret_is_never_readable_by_others_nor_written_through_a_link(tmp_path: Path) -> None:
    path, other = tmp_path / "keys.json", tmp_path / "other"
    path.write_text("before")
    path.chmod(0o644)
    other.write_text("not mine")
    part_of(path).symlink_to(other)
    write_whole(path, "secret", mode=OWNER_ONLY)
    assert stat.S_IMODE(path.stat().st_mode) == OWNER_ONLY
    assert not path.is_symlink() and other.read_text() == "not mine"


def test_a_folder_appears_with_all_its_files(tmp_path: Path) -> None:
    folder = tmp_path / "models" / "1"
    with whole_folder(folder, tmp_path / "models" / ".pushing-1") as part:
        (part / "file").write_text("")
        assert part.name == ".pushing-1" and not folder.exists()
    assert names(folder.parent) == ["1"] and names(folder) == ["file"]
