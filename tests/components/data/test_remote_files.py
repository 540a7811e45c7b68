"""Sources at addresses: fetched once from real servers (moto, an emulator of GCS, http.server), again when they change."""

import gzip
import hashlib
import http.server
import io
import os
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from components.data import record_files, sources
from prediction.wire import tf_serving_pb2 as wire
from registry.remotes.reading import Found, Reading
from schemas import events
from schemas.errors import InputError
from schemas.sources import Csv, File, ImageFolder, JsonLines, Parquet, Source, TfRecord
from tests.registry.remotes import servers

BOTH = ("a", "b")


class Bucket:
    """What a test puts into a bucket, by the tools of its owner and not by fsspec."""

    def __init__(self, scheme: str) -> None:
        self.url = f"{scheme}://models"
        if scheme == "s3":
            import boto3

            client = boto3.client("s3")
            self.put = lambda key, content: client.put_object(Bucket="models", Key=key, Body=content)
            self.remove = lambda key: client.delete_object(Bucket="models", Key=key)
        else:
            from gcsfs.core import GCSFileSystem

            files = GCSFileSystem(skip_instance_cache=True, use_listings_cache=False)
            self.put = lambda key, content: files.pipe_file(f"models/{key}", content)
            self.remove = lambda key: files.rm_file(f"models/{key}")


@pytest.fixture(params=["s3", "gs"])
def bucket(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    with {"s3": servers.s3, "gs": servers.gcs}[request.param](monkeypatch):
        yield Bucket(request.param)


class Web(http.server.ThreadingHTTPServer):
    """A folder over HTTP, with the requests that came."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[tuple[str, int]] = []
        asked = self.asked

        class Handler(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *args: Any) -> None:
                super().__init__(*args, directory=str(folder))

            def log_request(self, code: Any = "-", size: Any = "-") -> None:
                asked.append((self.path, int(code)))

            def log_message(self, *args: Any) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.folder, self.url = folder, f"http://127.0.0.1:{self.server_port}"


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    folder = tmp_path / "served"
    folder.mkdir()
    with Web(folder) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def read(tmp_path: Path, source: Source, columns: tuple[str, ...] = BOTH) -> list[tuple[Any, ...]]:
    located = sources.prepare(source, "ships", tmp_path / "data", columns)
    blocks = list(sources.blocks(source, located.path, columns))
    table = pa.concat_tables([block.cells for block in blocks]).to_pydict()
    return list(zip(*(table[name] for name in columns), strict=True))


def fetched(tmp_path: Path, source: Source, columns: tuple[str, ...] = BOTH) -> set[str]:
    """The files that a read fetches."""
    seen: list[Any] = []
    with events.listening(seen.append):
        read(tmp_path, source, columns)
    return {event.what for event in seen if isinstance(event, events.Bytes)}


def test_the_files_of_a_bucket_are_fetched_once(tmp_path: Path, bucket: Bucket) -> None:
    bucket.put("rows/part-1.csv", b"a,b\n1,2\n")
    bucket.put("rows/part-2.csv", b"a,b\n3,4\n")
    bucket.put("rows/other.txt", b"c\n")
    source = Csv(f"{bucket.url}/rows/part-*.csv")
    assert fetched(tmp_path, source) == {"part-1.csv", "part-2.csv"}
    assert fetched(tmp_path, source) == set()
    assert read(tmp_path, source) == [(b"1", b"2"), (b"3", b"4")]
    place = tmp_path / "data" / "ships" / bucket.url.replace("://", "/") / "rows"
    assert [path.name for path in sorted(place.glob("[!.]*"))] == ["part-1.csv", "part-2.csv"]
    assert fetched(tmp_path, Csv(f"{bucket.url}/rows/part-1.csv")) == set()
    assert read(tmp_path, Csv(f"{bucket.url}/rows")) == [(b"1", b"2"), (b"3", b"4")]


def test_what_changed_in_a_bucket_is_fetched_again(tmp_path: Path, bucket: Bucket) -> None:
    for number in (1, 2, 3):
        bucket.put(f"part-{number}.csv", b"a,b\n%d,2\n" % number)
    source = Csv(f"{bucket.url}/part-*.csv")
    before = sources.prepare(source, "ships", tmp_path / "data", BOTH)
    bucket.put("part-2.csv", b"a,b\n9,9\n")
    bucket.remove("part-3.csv")
    assert fetched(tmp_path, source) == {"part-2.csv"}
    assert read(tmp_path, source) == [(b"1", b"2"), (b"9", b"9")]
    assert sources.prepare(source, "ships", tmp_path / "data", BOTH).fingerprint != before.fingerprint


def test_a_copy_that_was_cut_is_fetched_again(tmp_path: Path, bucket: Bucket) -> None:
    bucket.put("rows.csv", b"a,b\n1,2\n")
    source = Csv(f"{bucket.url}/rows.csv")
    path = sources.prepare(source, "ships", tmp_path / "data", BOTH).path
    Path(path).write_bytes(b"a,b\n1")
    assert read(tmp_path, source) == [(b"1", b"2")]


def test_a_file_that_changes_while_it_is_fetched_is_no_copy(
    tmp_path: Path, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.put("rows.csv", b"a,b\n1,2\n")
    files = Reading.files

    def changed(self: Reading, wanted: Any) -> list[Found]:
        found = files(self, wanted)
        bucket.put("rows.csv", b"a,b\n3,4\n5,6\n")
        return found

    source = Csv(f"{bucket.url}/rows.csv")
    with monkeypatch.context() as patch:
        patch.setattr(Reading, "files", changed)
        with pytest.raises(InputError, match=f"^{bucket.url}/rows.csv changed while it was fetched, or was cut off"):
            read(tmp_path, source)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert read(tmp_path, source) == [(b"3", b"4"), (b"5", b"6")]


@pytest.mark.parametrize("name", ["nothing.csv", "nothing-*.csv", "nothing/rows.csv"])
def test_a_key_that_is_not_there_is_named(tmp_path: Path, bucket: Bucket, name: str) -> None:
    bucket.put("rows.csv", b"a,b\n1,2\n")
    with pytest.raises(InputError) as caught:
        read(tmp_path, Csv(f"{bucket.url}/{name}"))
    reason = "no file matches the pattern" if "*" in name else "there is no such file"
    assert str(caught.value) == f"{bucket.url}/{name}: {reason}; look at the bucket's and the file's name"


def test_a_bucket_that_is_not_there_is_one_line(tmp_path: Path, bucket: Bucket) -> None:
    address = bucket.url.replace("models", "no-such-bucket") + "/rows.csv"
    with pytest.raises(InputError, match=f"^{address}: ") as caught:
        read(tmp_path, Csv(address))
    assert "\n" not in str(caught.value)


def test_a_checksum_is_held(tmp_path: Path, bucket: Bucket) -> None:
    content = b"a,b\n1,2\n"
    bucket.put("rows.csv", content)
    with pytest.raises(InputError, match=r"not 0000.*, so it was thrown away; mend the page's sha256$"):
        read(tmp_path, Csv(f"{bucket.url}/rows.csv", sha256="0" * 64))
    source = Csv(f"{bucket.url}/rows.csv", sha256=hashlib.sha256(content).hexdigest())
    assert read(tmp_path, source) == [(b"1", b"2")]
    bucket.put("rows.csv", b"a,b\n3,4\n")
    assert read(tmp_path, source) == [(b"1", b"2")]  # there is one file of this checksum: nobody is asked
    changed = Csv(source.file, sha256=hashlib.sha256(b"a,b\n3,4\n").hexdigest())
    assert read(tmp_path, changed) == [(b"3", b"4")], "the page says another one"


def test_a_question_mark_is_a_part_of_a_pattern(tmp_path: Path, bucket: Bucket) -> None:
    for name in ("part-1.csv", "part-22.csv"):
        bucket.put(name, b"a,b\n1,2\n")
    assert read(tmp_path, Csv(f"{bucket.url}/part-?.csv")) == [(b"1", b"2")]


def test_without_permission_or_network_it_is_one_line_without_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with servers.s3(monkeypatch):
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        monkeypatch.setenv("HOME", str(tmp_path))
        with pytest.raises(InputError, match=r"^s3://models/rows.csv: there are no credentials; docs/remotes.md"):
            read(tmp_path, Csv("s3://models/rows.csv"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", servers.USER)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", servers.PASSWORD)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{servers.free_port()}")
    with pytest.raises(InputError, match=r"^s3://models/rows.csv: ") as caught:
        read(tmp_path, Csv("s3://models/rows.csv"))
    assert servers.PASSWORD not in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("key", ["a/../../../outside.csv", "a//rows.csv"])
def test_a_key_that_is_no_path_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    with servers.s3(monkeypatch):
        Bucket("s3").put(key, b"a,b\n1,2\n")
        with pytest.raises(InputError, match=r"is no path of a file; name others$"):
            read(tmp_path, Csv("s3://models/a/**"))
    assert not list(tmp_path.rglob("outside.csv"))


def test_every_source_reads_a_bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: Path) -> None:
    out = io.BytesIO()
    parquet.write_table(pa.table({"a": ["1"], "b": ["2"]}), out)
    pictures = io.BytesIO()
    picture = io.BytesIO()
    from PIL import Image

    Image.new("RGB", (2, 2)).save(picture, "PNG")
    with zipfile.ZipFile(pictures, "w") as archive:
        archive.writestr("go/1.png", picture.getvalue())
    with servers.s3(monkeypatch):
        bucket = Bucket("s3")
        bucket.put("t/year=2024/rows.parquet", out.getvalue())
        bucket.put("rows.jsonl.gz", gzip.compress(b'{"a": "1", "b": "2"}\n'))
        bucket.put("pictures.zip", pictures.getvalue())
        found = read(tmp_path, Parquet("s3://models/t"), ("a", "b", "year"))
        assert found == [("1", "2", "2024")] or found == [(b"1", b"2", b"2024")]
        assert len(read(tmp_path, JsonLines("s3://models/rows.jsonl.gz"))) == 1
        bucket.put("schema.pbtxt", b"".join(b'feature { name: "%s" type: BYTES }' % name for name in (b"a", b"b")))
        values = {
            name: wire.Feature(bytes_list=wire.BytesList(value=[value])) for name, value in (("a", b"1"), ("b", b"2"))
        }
        example = wire.Example(features=wire.Features(feature=values)).SerializeToString()
        bucket.put("rows.tfrecord", record_files.framed(pa.array([example], pa.large_binary())).to_pybytes())
        source = TfRecord("s3://models/rows.tfrecord", schema="s3://models/schema.pbtxt")
        assert read(tmp_path, source) == [(b"1", b"2")]
        assert read(tmp_path, ImageFolder("s3://models/pictures.zip"), ("label",)) == [(b"go",)]


def test_a_file_of_the_web_is_fetched_once_and_again_when_it_changes(tmp_path: Path, web: Web) -> None:
    rows = web.folder / "rows.csv.gz"
    rows.write_bytes(gzip.compress(b"a,b\n1,2\n"))
    source = Csv(f"{web.url}/rows.csv.gz")
    assert fetched(tmp_path, source) == {"rows.csv.gz"}
    assert fetched(tmp_path, source) == set()
    assert web.asked == [("/rows.csv.gz", 200), ("/rows.csv.gz", 304)]
    rows.write_bytes(gzip.compress(b"a,b\n3,4\n"))
    os.utime(rows, (2_000_000_000, 2_000_000_000))
    assert read(tmp_path, source) == [(b"3", b"4")]
    place = tmp_path / "data" / "ships" / "http" / f"127.0.0.1:{web.server_port}"
    assert sorted(path.name for path in place.iterdir()) == [".rows.csv.gz.origin.json", "rows.csv.gz"]


def test_addresses_that_differ_in_their_query_are_two_files(tmp_path: Path, web: Web) -> None:
    (web.folder / "rows.csv").write_bytes(b"a,b\n1,2\n")
    assert read(tmp_path, Csv(f"{web.url}/rows.csv?year=2023")) == [(b"1", b"2")]
    assert fetched(tmp_path, Csv(f"{web.url}/rows.csv?year=2024")) != set()


def test_a_file_of_the_web_with_its_checksum(tmp_path: Path, web: Web) -> None:
    content = b"a,b\n1,2\n"
    (web.folder / "rows.csv").write_bytes(content)
    source = Csv(f"{web.url}/rows.csv", sha256=hashlib.sha256(content).hexdigest())
    assert read(tmp_path, source) == [(b"1", b"2")] == read(tmp_path, source)
    assert len(web.asked) == 1
    with pytest.raises(InputError, match="gave a file with sha256"):
        read(tmp_path / "other", Csv(f"{web.url}/rows.csv", sha256="0" * 64))
    (web.folder / "rows.csv").write_bytes(b"a,b\n3,4\n")
    changed = Csv(f"{web.url}/rows.csv", sha256=hashlib.sha256(b"a,b\n3,4\n").hexdigest())
    assert read(tmp_path, changed) == [(b"3", b"4")], "the page says another one"
    with pytest.raises(InputError, match=r"has sha256 .*, not 0000"):
        read(tmp_path, Csv(f"{web.url}/rows.csv", sha256="0" * 64))


def test_what_the_web_refuses_is_one_line_without_the_query(tmp_path: Path, web: Web) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, Csv(f"{web.url}/none.csv?who=me"))
    assert str(caught.value) == f"{web.url}/none.csv?...: HTTP 404 File not found"
    port = servers.free_port()
    with pytest.raises(InputError, match=f"^http://127.0.0.1:{port}/rows.csv: .*refused"):
        read(tmp_path, Csv(f"http://127.0.0.1:{port}/rows.csv"))
    with pytest.raises(InputError, match=r"the host nowhere.invalid was not found: is there a network"):
        read(tmp_path, Csv("http://nowhere.invalid/rows.csv"))
    assert not list(tmp_path.rglob("*.csv"))


def test_an_address_has_no_spans(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^--span 2: the files of ships are at an address"):
        sources.prepare(Csv("s3://models/rows.csv"), "ships", tmp_path, BOTH, span=2)


def test_a_copy_lies_below_the_dataset_s_folder() -> None:
    assert File("s3://bucket//a/part-*.csv").place == "s3/bucket/a/part-*.csv"
    assert File("https://host:8000/a/f.csv").place == "https/host:8000/a/f.csv"
    assert File("a/f.csv").place == "a/f.csv"
