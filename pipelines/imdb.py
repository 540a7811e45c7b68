"""Did the reviewer like the film? IMDB: 50,000 long reviews (Maas et al., 2011), half of them for the test."""

from pipelines.spec import BinaryClassification, Buckets, Invariant, NGrams, Pipeline, Splits, Text, TextTar, Training

pipeline = Pipeline(
    name="imdb",
    source=TextTar(
        "aclImdb_v1.tar.gz",
        # What upstream's archive has besides (train/unsup, *.feat, URL lists) does not match.
        pattern=r"aclImdb/(?P<split>train|test)/(?P<sentiment>neg|pos)/(?P<id>\d+)_(?P<rating>\d+)\.txt",
        url="https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
        sha256="c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe",
    ),
    splits=Splits(train=9, eval=1),
    task=BinaryClassification(label="sentiment", classes=("neg", "pos")),
    features={"text": Text(encoding="tf_idf", ngrams=2, vocabulary=30_000, length=500, markup=True)},
    model=NGrams(hidden=(32,), dropout=0.5),
    training=Training(epochs=10, batch_size=64, learning_rate=1e-3, patience=2),
    slices=(Buckets("text", (100, 200, 400), of="words"), "rating"),
    thresholds={"binary_accuracy": 0.88, "auc": 0.95},
    contracts=(Invariant("text", swap=(("he", "she"), ("his", "her"), ("actor", "actress"))),),
    tolerance=0.005,
)
