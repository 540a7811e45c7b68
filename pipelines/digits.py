"""Which digit is it? 1,797 hand-written digits of 8 x 8 pixels that scikit-learn ships: no download."""

from pipelines.spec import Convolutional, Digits, Image, Invariant, MulticlassClassification, Pipeline, Training

pipeline = Pipeline(
    name="digits",
    source=Digits(),
    task=MulticlassClassification(label="digit", classes=tuple("0123456789")),
    features={"image": Image(height=8, width=8, channels=1)},
    model=Convolutional(filters=(32, 64), hidden=64, dropout=0.25),
    training=Training(epochs=30, batch_size=32, learning_rate=1e-3, patience=5),
    slices=("digit",),
    thresholds={"accuracy": 0.96},
    contracts=(Invariant("image", rotate=2),),
)
