"""The pages of `slipway new` against the written ones: the nine known files, the same rows for the test, the same settings.

    python -m bench.new_pages [DATASET ...] [--divisions 3] [--limit 0] [--recorded]

For each dataset `slipway new` gets what a user has: the upstream file or folder; of digits a CSV file of its pixels; of
Reuters a CSV file of texts and topics. Both pages are then run on it, over several divisions of the rows (a salt for the hash)
where there is no official test set. The written page divides the rows as the new one does, so that both are judged on the same
rows; but that of digits, which reads pictures and no pixels, is judged on other rows of them.

What was measured is kept in bench/new_pages.json, from which bench/new_pages.md is written, and by whose figures of written
pages tests/e2e/test_new_on_known_files.py judges.
"""

import argparse
import csv
import dataclasses
import json
import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from analysis import intervals
from pipelines.page import catalog, drafting, own_data
from pipelines.spec import Csv, Digits, Pipeline, ReutersSgml
from schemas.home import Home
from schemas.json_record import JsonRecord
from schemas.records import Interval, RunResult

OFFICIAL = ("mnist", "fashion_mnist", "imdb")
"""Datasets whose test split is upstream's: they are divided once."""
_FILES = {
    "titanic": ("titanic.csv", "Survived"),
    "house_prices": ("train.csv", "SalePrice"),
    "boston_housing": ("BostonHousing.csv", "medv"),
    "auto_mpg": ("auto-mpg.data", "column_1"),
    "mnist": ("", None),
    "fashion_mnist": ("", None),
    "imdb": ("aclImdb_v1.tar.gz", None),
}
KEPT = Path(__file__).with_suffix(".json")
_RECORDED = Path(__file__).with_name("quality.json")
_HEADER = """# The pages of `slipway new` against the written ones

`python -m bench.new_pages`; in the column "to the better" is the mean over the divisions of the rows, and after it each of
them; the aim is -3% or better. The intervals are of the first division.

| dataset | metric | test rows | slipway new | written page | to the better | each | 95% of new | 95% of written |
|---|---|---:|---:|---:|---:|---|---|---|
"""
_SMALLER = ("rmsle", "rmse", "mae")  # is better


@dataclass(frozen=True)
class Result(JsonRecord):
    """A new page and a written one on the same rows.

    Attributes:
      metric: the written page's first that both have.
      limit: the most rows that were read, 0 for all.
      rows: of the test split of the first division.
      new, written: its values, one for each division.
      new_interval, written_interval: 95% intervals, of the first division.
    """

    metric: str
    limit: int
    rows: int
    new: list[float]
    written: list[float]
    new_interval: Interval
    written_interval: Interval

    @property
    def better(self) -> list[float]:
        """By how much the new page is better, relative to the written one's metric."""
        return [self.better_than(mine, theirs) for mine, theirs in zip(self.new, self.written, strict=True)]

    def better_than(self, mine: float, theirs: float) -> float:
        """By how much a value of the metric is better than another one, relative to that."""
        return (theirs - mine if self.metric in _SMALLER else mine - theirs) / theirs


def user_file(dataset: str, data: Path, folder: Path) -> tuple[Path, str | None]:
    """What a user has of a dataset, and its label; what is no file of upstream's is made in the folder."""
    if dataset in _FILES:
        file, label = _FILES[dataset]
        return data / dataset / file, label
    path = folder / dataset / f"{dataset}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows(_digits() if dataset == "digits" else _newswires(data))
    return path, None


def _digits() -> Iterator[list[object]]:
    from sklearn.datasets import load_digits

    digits = load_digits()
    yield [*digits.feature_names, "digit"]
    yield from ([*map(int, pixels), label] for pixels, label in zip(digits.data, digits.target, strict=True))


def _newswires(data: Path) -> Iterator[list[object]]:
    from components.data import sources

    source = catalog.load("reuters").source
    located = sources.prepare(source, "reuters", data, ("text", "topic"))
    yield ["text", "topic"]
    for block in sources.blocks(source, located.path, ("text", "topic")):
        for text, topic in zip(*(block.cells[name].to_pylist() for name in ("text", "topic")), strict=True):
            yield [text.decode(), topic.decode()]


def against_recorded(dataset: str, data: Path, folder: Path) -> Result:
    """The new page of a dataset whose test split is upstream's, against what bench/quality.py measured of the written one."""
    file, label = user_file(dataset, data, folder)
    home = Home(folder / "new", folder / "new" / "data")
    draft = drafting.of_file(file, f"new_{dataset}", label)
    new = _run(drafting.pipeline_of(own_data.write(draft, file, folder / "pages", home).draft), home, 0, 0)
    first = json.loads(_RECORDED.read_text())[dataset]["seeds"][0]
    metric = catalog.load(dataset).task.primary.name
    value, rows = first["metrics"][metric], first["examples"]
    written = intervals.proportion(round(value * rows), rows)
    return Result(metric, 0, new.examples, [new.metrics[metric]], [value], new.intervals[metric], written)


def measured(dataset: str, data: Path, folder: Path, divisions: int = 1, limit: int = 0) -> Result:
    """Both pages of a dataset over divisions of its rows, with homes in ``folder``.

    Args:
      data: the folder of the upstream files.
      limit: the most rows, 0 for all.
    """
    file, label = user_file(dataset, data, folder)
    mine, theirs = Home(folder / "new", folder / "new" / "data"), Home(folder / "written", data)
    draft = drafting.of_file(file, f"new_{dataset}", label)
    new = drafting.pipeline_of(own_data.write(draft, file, folder / "pages", mine).draft)
    written = catalog.load(dataset)
    if isinstance(written.source, ReutersSgml):
        written = dataclasses.replace(written, source=Csv(file.name))
        theirs = Home(folder / "written", folder)
    if not isinstance(written.source, Digits):
        written = dataclasses.replace(written, splits=new.splits)
    salts = range(1 if dataset in OFFICIAL else divisions)
    pairs = [(_run(new, mine, salt, limit), _run(written, theirs, salt, limit)) for salt in salts]
    # The primary one, unless the new page has none: of a label whose logarithm it does not learn there is no rmsle.
    metric = next(metric.name for metric in written.task.metrics if metric.name in pairs[0][0].metrics)
    values = ([pair[side].metrics[metric] for pair in pairs] for side in range(2))
    ends = (one.intervals[metric] for one in pairs[0])
    return Result(metric, limit, pairs[0][0].examples, *values, *ends)


def _run(page: Pipeline, home: Home, salt: int, limit: int) -> RunResult:
    from pipelines.execution import run as execution
    from pipelines.execution.session import Request
    from pipelines.python_api.running import with_values

    return execution.run(Request(with_values(page, {"salt": salt}), home, limit, accept_drift=True))


def line(dataset: str, found: Result) -> str:
    """A line of the table in Markdown."""
    cells = [
        dataset + (f", {found.limit:,} rows" if found.limit else ""), found.metric, f"{found.rows:,}",
        f"{statistics.mean(found.new):.4f}", f"{statistics.mean(found.written):.4f}",
        f"{statistics.mean(found.better):+.1%}", ", ".join(f"{one:+.1%}" for one in found.better),
        _shown(found.new_interval), _shown(found.written_interval),
    ]  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def kept() -> dict[str, Result]:
    """What was measured, by dataset."""
    return {name: Result.from_json(one) for name, one in json.loads(KEPT.read_text()).items()} if KEPT.exists() else {}


def keep(results: dict[str, Result]) -> None:
    """Writes the figures and the table."""
    KEPT.write_text(json.dumps({name: one.to_json() for name, one in results.items()}, indent=1) + "\n")
    KEPT.with_suffix(".md").write_text(_HEADER + "".join(f"{line(name, one)}\n" for name, one in results.items()))


def _shown(interval: Interval) -> str:
    return f"{interval.low:.4f} to {interval.high:.4f}"


def main() -> None:
    """Measures the datasets that are named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("datasets", nargs="*", default=[*_FILES, "reuters", "digits"], metavar="DATASET")
    parser.add_argument("--divisions", type=int, default=3, help="of the rows into train, eval and test")
    parser.add_argument("--limit", type=int, default=0, help="the most rows, 0 for all")
    parser.add_argument(
        "--recorded",
        action="store_true",
        help="of an official test split, take the written page's from bench/quality.json",
    )
    arguments = parser.parse_args()
    data = Home.from_environment().data
    for dataset in arguments.datasets:
        with tempfile.TemporaryDirectory() as folder:
            if arguments.recorded and dataset in OFFICIAL:
                found = against_recorded(dataset, data, Path(folder))
            else:
                found = measured(dataset, data, Path(folder), arguments.divisions, arguments.limit)
        print(line(dataset, found), flush=True)
        keep(kept() | {dataset: found})


if __name__ == "__main__":
    main()
