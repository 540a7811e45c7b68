"""What did a home cost in 1970? 506 census tracts of Boston (Harrison and Rubinfeld, 1978), in thousands of dollars.

Its column ``b`` encodes the share of Black residents, by a formula whose authors assumed that segregation raises prices. It is
left out, and a model that is to be used should be trained on other data: Ames (House Prices) has more homes, newer ones, and
no such column. ``slipway run boston_housing --include b`` takes it in, to study what it does.
"""

from pipelines.spec import Buckets, Category, Csv, Excluded, Monotone, Number, Pipeline, Regression, Tabular, Training

pipeline = Pipeline(
    name="boston_housing",
    source=Csv(
        "BostonHousing.csv",
        url="https://raw.githubusercontent.com/selva86/datasets/master/BostonHousing.csv",
        sha256="ab16ba38fbbbbcc69fe930aab1293104f1442c8279c130d9eba03dd864bef675",
    ),
    task=Regression(label="medv", log=True),
    features={
        "crim": Number(scale="log"),
        "zn": Number(scale="log"),
        "indus": Number(),
        "chas": Category(),
        "nox": Number(),
        "rm": Number(),
        "age": Number(),
        "dis": Number(scale="log"),
        "rad": Number(scale="log"),
        "tax": Number(),
        "ptratio": Number(),
        "lstat": Number(scale="log"),
    },
    excluded={
        "b": Excluded(
            Number(), "It encodes the share of Black residents; better data on homes is Ames (house_prices)."
        ),
    },
    model=Tabular(hidden=(64, 32), dropout=0.1, wide=True),
    training=Training(epochs=120, batch_size=32, learning_rate=4e-3, schedule="cosine", patience=40, ensemble=5),
    slices=("chas", Buckets("rm", (6, 7)), Buckets("lstat", (5, 10, 20))),
    thresholds={"mae": 2.8},
    contracts=(Monotone("rm", "up", share=0.85),),
    tolerance=0.1,
)
