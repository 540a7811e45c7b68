"""Archives of images, made by hand as `docker save` makes them, at two times and in two containers."""

import hashlib
import io
import json
import tarfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from release import archives
from schemas.errors import InputError

EPOCH = 1_790_000_000  # seconds since 1970
TAG = "slipway-gateway:0.1.0"
BASE_MADE = "2026-01-02T03:04:05.678Z"
ATTRIBUTE = "SCHILY.xattr.security.capability"


def layer(time: int, files: dict[str, bytes]) -> bytes:
    """A folder, its files, and a link to each."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.PAX_FORMAT) as tar:
        folder = tarfile.TarInfo("opt")
        folder.type, folder.mode, folder.mtime = tarfile.DIRTYPE, 0o755, time
        tar.addfile(folder)
        for name, data in files.items():
            entry = tarfile.TarInfo(f"opt/{name}")
            entry.size, entry.mode, entry.mtime, entry.uid, entry.uname = len(data), 0o640, time, 1000, f"user{time}"
            entry.pax_headers = {"mtime": f"{time}.25", ATTRIBUTE: "abc"}
            tar.addfile(entry, io.BytesIO(data))
            link = tarfile.TarInfo(f"opt/{name}.link")
            link.type, link.linkname, link.mtime = tarfile.LNKTYPE, f"opt/{name}", time
            tar.addfile(link)
    return content.getvalue()


def saved(path: Path, time: int, files: dict[str, bytes]) -> tuple[Path, list[str]]:
    """An image of a base and one layer; returns its archive and the base's layers."""
    layers = [layer(1, {"base": b"base"}), layer(time, files)]
    digests = [hashlib.sha256(content).hexdigest() for content in layers]
    copied = f"/bin/sh -c #(nop) COPY dir:{hashlib.sha256(str(time).encode()).hexdigest()} in /opt "
    made = datetime.fromtimestamp(time, UTC).isoformat()
    config: dict[str, Any] = {
        "architecture": "amd64",
        "os": "linux",
        "container": f"container{time}",
        "container_config": {"Hostname": f"host{time}"},
        "config": {"Hostname": f"host{time}", "Image": f"sha256:{time}", "User": "1000:1000", "Env": ["A=1"]},
        "created": made,
        "history": [{"created": BASE_MADE, "created_by": "base"}, {"created": made, "created_by": copied}],
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}" for digest in digests]},
    }
    manifest = [{"Config": "c.json", "RepoTags": None, "Layers": [f"{time}-0/layer.tar", f"{time}-1/layer.tar"]}]
    content = {"c.json": json.dumps(config).encode(), "manifest.json": json.dumps(manifest).encode()}
    content |= dict(zip(manifest[0]["Layers"], layers, strict=True))  # type: ignore[arg-type]
    with tarfile.open(path, "w") as tar:
        for name, data in content.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return path, digests[:1]


def written(folder: Path, time: int, files: dict[str, bytes]) -> tuple[archives.Written, Path]:
    path, base = saved(folder / f"saved-{time}.tar", time, files)
    target = folder / f"written-{time}.tar"
    return archives.rewrite_image(path, target, TAG, base, 1, EPOCH), target


def test_two_builds_of_the_same_files_are_one_image(tmp_path: Path) -> None:
    first, one = written(tmp_path, EPOCH + 10, {"a": b"1"})
    second, two = written(tmp_path, EPOCH - 5_000_000, {"a": b"1"})
    assert first == second and one.read_bytes() == two.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def test_another_file_is_another_image(tmp_path: Path) -> None:
    first, _ = written(tmp_path, EPOCH + 10, {"a": b"1"})
    second, _ = written(tmp_path, EPOCH + 25, {"a": b"2"})
    assert first.image_id != second.image_id and first.layers != second.layers


def test_what_was_built_stays_and_the_numbers_are_those_of_the_content(tmp_path: Path) -> None:
    found, path = written(tmp_path, EPOCH + 10, {"a": b"1" * 2000})
    with tarfile.open(path) as tar:
        (manifest,) = json.load(tar.extractfile("manifest.json"))  # type: ignore[arg-type]
        text = tar.extractfile(manifest["Config"]).read()  # type: ignore[union-attr]
        layers = [tar.extractfile(name).read() for name in manifest["Layers"]]  # type: ignore[union-attr]
    assert manifest["RepoTags"] == [TAG]
    assert hashlib.sha256(text).hexdigest() == found.image_id
    config = json.loads(text)
    digests = [hashlib.sha256(content).hexdigest() for content in layers]
    assert config["rootfs"]["diff_ids"] == [f"sha256:{digest}" for digest in digests]
    assert (found.layers, found.layer_bytes) == (tuple(digests[1:]), len(layers[1]))
    assert config["config"] == {"User": "1000:1000", "Env": ["A=1"]}
    assert [step["created"] for step in config["history"]] == [BASE_MADE, config["created"]]
    assert config["history"][1]["created_by"] == "/bin/sh -c #(nop) COPY dir in /opt "
    assert layers[0] == layer(1, {"base": b"base"})
    with tarfile.open(fileobj=io.BytesIO(layers[1])) as tar:
        folder, file, link = tar.getmembers()
        assert tar.extractfile(file).read() == b"1" * 2000  # type: ignore[union-attr]
    assert {entry.mtime for entry in (folder, file, link)} == {EPOCH}
    assert (file.mode, file.uid, file.uname) == (0o640, 1000, "") and file.pax_headers[ATTRIBUTE] == "abc"
    assert link.islnk() and link.linkname == "opt/a"


def test_an_image_of_another_base_is_refused(tmp_path: Path) -> None:
    path, _ = saved(tmp_path / "saved.tar", 1, {"a": b"1"})
    with pytest.raises(InputError, match=f"^{TAG}: does not start with the layers of its base"):
        archives.rewrite_image(path, tmp_path / "target.tar", TAG, ["0" * 64], 1, EPOCH)


def test_a_source_distribution_is_the_same_whenever_and_by_whomever_it_is_packed(tmp_path: Path) -> None:
    packed = []
    for time, names in ((1_000_000_000, "ab"), (1_100_000_000, "ba")):
        path = tmp_path / f"{time}.tar.gz"
        with tarfile.open(path, "w:gz") as tar:
            for name in names:
                entry = tarfile.TarInfo(f"slipway-0.1.0/{name}")
                entry.size, entry.mtime, entry.uid, entry.uname = 1, time, time % 7, str(time)
                tar.addfile(entry, io.BytesIO(name.encode()))
        archives.rewrite_source_distribution(path, EPOCH)
        packed.append(path.read_bytes())
        with tarfile.open(path) as tar:
            assert {entry.name: tar.extractfile(entry).read() for entry in tar} == {  # type: ignore[union-attr]
                "slipway-0.1.0/a": b"a",
                "slipway-0.1.0/b": b"b",
            }
    assert packed[0] == packed[1]
