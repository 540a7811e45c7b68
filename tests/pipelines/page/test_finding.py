"""A page is known by its syntax, however it names Pipeline; what only looks like one is named with the reason."""

from pathlib import Path

import pytest

from pipelines.page import finding


def look(text: str) -> tuple[bool, str]:
    return finding.look(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "from pipelines.spec import Pipeline\npipeline = Pipeline(name='x')",
        "from pipelines import spec\npipeline = spec.Pipeline(name='x')",
        "from . import spec\npipeline = spec.Pipeline(name='x')",
        "from .spec import Pipeline as P\npipeline = P(name='x')",
        "import pipelines.spec\npipeline = pipelines.spec.Pipeline(name='x')",
        "import pipelines.spec as s\npipeline: s.Pipeline = s.Pipeline(name='x')",
        "from pipelines.spec import *\npipeline = Pipeline(name='x')",
        "from pipelines.spec import Pipeline as P\nif True:\n    pipeline = P(name='x')\nelse:\n    pipeline = None",
        "import pipelines.spec as s\ntry:\n    import numpy\nexcept ImportError:\n    pipeline = s.Pipeline(name='x')",
        "import pipelines.spec as s\nwith open('x'):\n    a = pipeline = s.Pipeline(name='x')",
        "import pipelines.spec as s\nmatch 1:\n    case 1:\n        pipeline = s.Pipeline(name='x')",
        "import pipelines.spec as s\npipeline = s.Pipeline(name='x') if s else None",
        "from pipelines.titanic import pipeline as base\nimport dataclasses\npipeline = dataclasses.replace(base, name='x')",
        "from pipelines.my_parts import page\npipeline = page('x')",
        "pipeline = Pipeline(name='no import: running it says so')",
        "pipeline = spec.Pipeline(",  # not Python: running it says so
    ],
)
def test_pages(text: str) -> None:
    assert look(text) == (True, "")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "def title(name):\n    return name",
        "from pipelines.spec import Pipeline\n\ndef check(pipeline: Pipeline) -> None: ...",
        "from pipelines.titanic import pipeline\nprint(pipeline.name)",
        "from sklearn.pipeline import Pipeline\nsteps = Pipeline([])",
        "def f(:",
    ],
)
def test_other_code(text: str) -> None:
    assert look(text) == (False, "")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "from pipelines.spec import Pipeline\n\nPAGE = Pipeline(name='x')",
            "its line 3 makes a Pipeline that is not assigned to `pipeline`; ",
        ),
        (
            "import pipelines.spec as s\ndef page():\n    pipeline = s.Pipeline(name='x')",
            "its line 3 makes a Pipeline that is not assigned to `pipeline`; ",
        ),
        ("from my_parts import page\npipeline = page('x')", "its line 2 assigns `pipeline` and nothing of "),
        (
            "from sklearn.pipeline import Pipeline\npipeline = Pipeline([])",
            "its line 2 assigns `pipeline` and nothing of ",
        ),
        ("def f():\n    return Pipeline(\n", "it is not Python ('(' was never closed (<unknown>, line 2)); correct it"),
    ],
)
def test_what_looks_like_a_page_is_none_for_a_reason(text: str, reason: str) -> None:
    is_page, found = look(text)
    assert not is_page
    assert found.startswith(reason)
    assert found.endswith(("with Pipeline of pipelines.spec", "; correct it"))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pipelines" / "folder.py").mkdir(parents=True)  # stands for one without rights: root may read all files
    monkeypatch.chdir(tmp_path)
    assert finding.found().overlooked == {tmp_path / "pipelines" / "folder.py": "it cannot be read: Is a directory"}
