"""Which digit is it? MNIST: 70,000 hand-written digits of 28 x 28 pixels, 10,000 of them for the test."""

from pipelines.spec import (
    Convolutional,
    IdxImages,
    Image,
    Invariant,
    MulticlassClassification,
    Pipeline,
    Splits,
    Training,
)

pipeline = Pipeline(
    name="mnist",
    source=IdxImages.mnist_files(
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        train_images="440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        train_labels="3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        test_images="8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        test_labels="f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    ),
    splits=Splits(train=11, eval=1),
    task=MulticlassClassification(label="label", classes=tuple("0123456789")),
    features={"image": Image(height=28, width=28, channels=1)},
    model=Convolutional(
        filters=(16, 32, 64), hidden=128, dropout=0.25, batch_norm=True, shift=0.08, rotate=0.03, zoom=0.1
    ),
    training=Training(epochs=9, batch_size=128, learning_rate=4e-3, schedule="cosine"),
    slices=("label",),
    thresholds={"accuracy": 0.99},
    contracts=(Invariant("image", rotate=5),),
    tolerance=0.002,
)
