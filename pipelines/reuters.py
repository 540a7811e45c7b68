"""Which topic has the newswire? Reuters-21578 (ModApte split): 46 topics, 6,561 documents to learn from, 2,566 to test.

How the topics are counted: 61 topics are carried by at least 10 training documents. A document counts if exactly one of its
topics is among these (rarer ones beside it are ignored); a topic is a class if such documents are in train and in test: 46.

Keras's ``reuters`` also has 46 topics, but of 11,228 newswires that are split at random; the code that chose them is no longer
shipped with it. Its documents, and very likely some of its topics, are others, so figures cannot be compared one to one.
"""

from pipelines.spec import (
    Buckets,
    Invariant,
    MulticlassClassification,
    NGrams,
    Pipeline,
    ReutersSgml,
    Splits,
    Text,
    Training,
)

# The most frequent first.
TOPICS = (
    "earn", "acq", "crude", "trade", "money-fx", "interest", "money-supply", "ship", "sugar", "coffee", "gold", "gnp",
    "cpi", "cocoa", "grain", "jobs", "reserves", "ipi", "copper", "alum", "rubber", "iron-steel", "nat-gas",
    "veg-oil", "bop", "retail", "livestock", "tin", "cotton", "housing", "oilseed", "orange", "wpi", "pet-chem",
    "lei", "meal-feed", "gas", "lumber", "strategic-metal", "zinc", "carcass", "heat", "fuel", "lead", "silver",
    "dlr",
)  # fmt: skip


pipeline = Pipeline(
    name="reuters",
    source=ReutersSgml(
        "reuters21578.tar.gz",
        topics=TOPICS,
        at_least=10,
        url="https://archive.ics.uci.edu/ml/machine-learning-databases/reuters21578-mld/reuters21578.tar.gz",
        sha256="3bae43c9b14e387f76a61b6d82bf98a4fb5d3ef99ef7e7075ff2ccbcf59f9d30",
    ),
    splits=Splits(train=9, eval=1),
    task=MulticlassClassification(label="topic", classes=TOPICS),
    features={"text": Text(encoding="tf_idf", ngrams=2, vocabulary=20_000, length=400)},
    model=NGrams(hidden=(128,), dropout=0.5),
    training=Training(epochs=30, batch_size=32, learning_rate=2e-3, patience=3),
    slices=("topic", Buckets("text", (50, 100, 200), of="words")),
    thresholds={"accuracy": 0.85},
    contracts=(Invariant("text", swap=(("Monday", "Tuesday"), ("Wednesday", "Thursday"))),),
    tolerance=0.01,
)
