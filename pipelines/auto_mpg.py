"""How far does a gallon take the car? 398 cars of 1970 to 1982, UCI's Auto MPG."""

from pipelines.spec import Buckets, Category, Columns, Monotone, Number, Pipeline, Regression, Splits, Tabular, Training

pipeline = Pipeline(
    name="auto_mpg",
    source=Columns(
        "auto-mpg.data",
        names=(
            "mpg", "cylinders", "displacement", "horsepower", "weight", "acceleration", "model year", "origin", "car name",
        ),
        missing=("?",),
        url="https://archive.ics.uci.edu/ml/machine-learning-databases/auto-mpg/auto-mpg.data",
        sha256="48b830e11feee5572525f8f1691ddb9d38d3d7b7063edcd8fca672c2a5e17d8d",
    ),
    splits=Splits(key=("car name", "model year")),
    task=Regression(label="mpg", log=True),
    features={
        "cylinders": Category(),
        "displacement": Number(scale="log"),
        "horsepower": Number(scale="log", missing="median"),
        "weight": Number(scale="log"),
        "acceleration": Number(),
        "model year": Number(),
        "origin": Category(),
    },
    model=Tabular(hidden=(64, 32), dropout=0.1, wide=True),
    training=Training(epochs=120, batch_size=32, learning_rate=4e-3, schedule="cosine", patience=40, ensemble=5),
    slices=("origin", Buckets("model year", (73, 76, 79)), ("origin", "cylinders")),
    thresholds={"mae": 2.2},
    contracts=(Monotone("weight", "down"),),
    tolerance=0.1,
)  # fmt: skip
