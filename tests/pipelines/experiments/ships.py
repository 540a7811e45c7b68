"""A small table with planted columns that would give a leak away, and its page."""

from pathlib import Path

from pipelines.spec import BinaryClassification, Category, Csv, Number, Pipeline, Splits, Tabular, Training
from schemas.home import Home

ROWS = 120


def page(**changes) -> Pipeline:
    """``owner`` is that of two rows, ``plate`` is another one in every row, ``tons`` goes from 0 to 6 again and again."""
    known = {
        "name": "ships",
        "source": Csv("ships.csv"),
        "task": BinaryClassification("sunk", ("no", "yes")),
        "features": {"tons": Number(), "plate": Category(vocabulary=1000)},
        "model": Tabular(hidden=(4,), dropout=0.0),
        "training": Training(epochs=2, batch_size=16, patience=2),
        "splits": Splits(key=("owner",)),
    }
    return Pipeline(**known | changes)


def home_in(root: Path) -> Home:
    """A home with the table."""
    file = root / "data" / "ships" / "ships.csv"
    file.parent.mkdir(parents=True)
    rows = [f"{row % 7},plate-{row},owner-{row // 2},{'yes' if row % 3 else 'no'}" for row in range(ROWS)]
    file.write_text("\n".join(["tons,plate,owner,sunk", *rows]) + "\n")
    return Home(root, root / "data")
