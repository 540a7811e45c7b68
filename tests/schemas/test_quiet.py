"""Output of libraries goes to a file, also where Python's streams go around the descriptors, as in a notebook."""

import contextlib
import io
import subprocess
import sys
from pathlib import Path

from schemas.quiet import output_to


def test_streams_that_go_around_the_descriptors_are_sent_to_the_file_too(tmp_path: Path) -> None:
    notebook = io.StringIO()
    with contextlib.redirect_stdout(notebook), contextlib.redirect_stderr(notebook):
        print("before")
        with output_to(tmp_path / "log"):
            print("on stdout")
            print("on stderr", file=sys.stderr)
            kept = sys.stderr
            subprocess.run([sys.executable, "-c", "print('on the descriptor')"], check=True)
        print("after")
        assert sys.stdout is notebook
    assert notebook.getvalue() == "before\nafter\n"
    assert sorted((tmp_path / "log").read_text().splitlines()) == ["on stderr", "on stdout", "on the descriptor"]
    assert not kept.closed  # a logger's handler may hold it


def test_the_stream_that_is_given_is_what_stderr_was(tmp_path: Path) -> None:
    code = f"""
from pathlib import Path
from schemas.quiet import output_to
with output_to(Path({str(tmp_path / "log")!r})) as terminal:
    print("hidden")
    print("shown", file=terminal)
"""
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "shown\n")
    assert (tmp_path / "log").read_text() == "hidden\n"
