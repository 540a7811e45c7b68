#!/usr/bin/env python
"""Measures `slipway compare` on two versions with 100,000 examples each: seconds, MB of the file, peak memory.

usage: workbook.py CSV [--rows N] [--turns T]

CSV is the real titanic.csv; its rows are repeated until there are N. They have the columns of the page, and
the answers are scikit-learn's, of one model that is
learned from all columns of numbers and of one that is learned from the fare alone. The command is a process of its own, and
LibreOffice, where it is installed, opens the workbook and calculates all of it anew. The table is beside this script.
"""

import argparse
import csv
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from processes import measure, publish
from pyarrow import parquet

REPOSITORY = Path(__file__).parents[1]
sys.path.insert(0, str(REPOSITORY))
from analysis import predictions  # noqa: E402
from schemas.tasks import BinaryClassification  # noqa: E402
from tests.reports.dossiers import Model  # noqa: E402
from tests.reports.workbook import models  # noqa: E402

NUMBERS, TEXTS = ("Age", "SibSp", "Parch", "Fare"), ("Name", "Sex", "Pclass", "Embarked")
MOST_SECONDS, MOST_MEGABYTES = 60, 20


def passengers(file: Path, rows: int) -> dict[str, list[Any]]:
    with file.open(newline="", encoding="utf-8") as stream:
        known = list(csv.DictReader(stream))
    chosen = [known[row % len(known)] for row in range(rows)]
    columns: dict[str, list[Any]] = {name: [row[name] or None for row in chosen] for name in TEXTS}
    columns |= {name: [float(row[name]) if row[name] else None for row in chosen] for name in NUMBERS}
    columns["Survived"] = [int(row["Survived"]) for row in chosen]
    return columns


def version(columns: dict[str, list[Any]], learned: tuple[str, ...]) -> Model:
    from sklearn import linear_model, pipeline, preprocessing

    labels = np.array(columns["Survived"])
    inputs = np.array([[-1.0 if cell is None else cell for cell in columns[name]] for name in learned]).T
    model = pipeline.make_pipeline(preprocessing.StandardScaler(), linear_model.LogisticRegression())
    model.fit(inputs[:891], labels[:891])
    return Model(
        name="titanic",
        task=BinaryClassification("Survived", ("died", "survived")),
        kinds=dict.fromkeys(NUMBERS, "number") | dict.fromkeys(TEXTS, "string"),
        inputs={name: columns[name] for name in (*NUMBERS, *TEXTS)},
        labels=labels,
        answers=model.predict_proba(inputs).astype(np.float32),
    )


def with_hashes(folder: Path) -> None:
    """Gives the examples keys of hashes, as a run does; those of the tests are numbers, which a file packs too well."""
    file = folder / predictions.FILE
    table = parquet.read_table(file)
    keys = [f"{zlib.crc32(key.encode()):08x}{zlib.crc32(key.encode(), 1):08x}" for key in table["key"].to_pylist()]
    parquet.write_table(table.set_column(0, table.schema.field("key"), pa.array(keys)), file)


def opened(file: Path, folder: Path) -> float | None:
    """Seconds in which LibreOffice opens, calculates and saves the workbook; None without it."""
    if shutil.which("soffice") is None:
        return None
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "ods", "--outdir", str(folder), str(file)]
    found = measure(command, {})
    subprocess.run(["test", "-s", str(folder / f"{file.stem}.ods")], check=True)
    return found.seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("csv", type=Path)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--turns", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["SLIPWAY_HOME"] = name
        columns = passengers(arguments.csv, arguments.rows)
        for number, learned in (("1.0.0", NUMBERS), ("1.1.0", ("Fare",))):
            with_hashes(models.write(folder / "registry" / "titanic", version(columns, learned), number))
        file = folder / "compared.xlsx"
        command = [sys.executable, str(REPOSITORY / "slipway.py"), "compare", "titanic", "--xlsx", str(file)]
        turns = [measure(command, {}) for _ in range(arguments.turns)]
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        processor = (used.ru_utime + used.ru_stime) / len(turns)
        megabytes = file.stat().st_size / 1e6
        calculated = opened(file, folder)
    seconds = statistics.median(turn.seconds for turn in turns)
    memory = statistics.median(turn.megabytes for turn in turns)
    text = table(arguments.rows, len(turns), seconds, processor, megabytes, memory, calculated)
    publish(text, Path(__file__).with_suffix(".md"))


def table(
    rows: int, turns: int, seconds: float, processor: float, megabytes: float, memory: float, calculated: float | None
) -> str:
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    shown = "not installed" if calculated is None else f"{calculated:.1f}"
    return "\n".join(
        [
            f"## slipway compare: two versions, {rows:,} examples each, the Titanic's rows repeated",
            "",
            f"{datetime.now(UTC):%Y-%m-%d}, {machine}; median of {turns} turns; load average "
            f"of the machine meanwhile {os.getloadavg()[1]:.1f}, this command included.",
            "",
            "| | measured | wanted at most |",
            "|---|---:|---:|",
            f"| seconds of the command | {seconds:.1f} | {MOST_SECONDS} |",
            f"| processor seconds of the command | {processor:.1f} | |",
            f"| MB of the workbook | {megabytes:.1f} | {MOST_MEGABYTES} |",
            f"| MB of memory | {memory:,.0f} | |",
            f"| seconds in which LibreOffice opens and saves it | {shown} | |",
            "",
        ]
    )


if __name__ == "__main__":
    main()
