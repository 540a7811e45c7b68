"""Pages that `slipway new` writes for files whose written page is known: nearly as good as these, on the same test rows.

The written pages are not run here: bench/new_pages.py did it, on the same division of the same rows. It measures the large
datasets, too.
"""

from pathlib import Path

import pytest

from bench import new_pages
from tests.e2e.command import Slipway

SMALL = ("auto_mpg", "boston_housing", "digits", "house_prices", "titanic")
NEARLY = 0.03  # of the written page's metric, to the worse


@pytest.mark.parametrize("dataset", SMALL)
def test_the_page_of_a_known_file_is_nearly_as_good_as_the_written_one(
    dataset: str, data: Path, tmp_path: Path
) -> None:
    file, label = new_pages.user_file(dataset, data, tmp_path)
    if not file.exists():
        pytest.skip(f"{file.name} of {dataset} is not in SLIPWAY_DATA")
    slipway = Slipway(tmp_path / "home", tmp_path / "home" / "data")
    slipway("new", str(file), "--name", f"new_{dataset}", *(["--label", label] if label else []))
    found = slipway.json("run", f"new_{dataset}")
    known = new_pages.kept()[dataset]
    assert found["examples"] == known.rows
    mine, theirs = found["metrics"][known.metric], known.written[0]
    assert known.better_than(mine, theirs) >= -NEARLY
