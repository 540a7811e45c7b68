"""Which garment is it? Fashion-MNIST (Zalando, 2017): 70,000 pictures of 28 x 28 pixels, 10,000 of them for the test."""

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
    name="fashion_mnist",
    source=IdxImages.mnist_files(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        train_images="3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        train_labels="a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        test_images="346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        test_labels="67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    ),
    splits=Splits(train=11, eval=1),
    task=MulticlassClassification(
        label="label",
        classes=(
            "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
        ),
    ),
    features={"image": Image(height=28, width=28, channels=1)},
    model=Convolutional(filters=(16, 32, 64), hidden=128, dropout=0.25, batch_norm=True),
    training=Training(epochs=10, batch_size=128, learning_rate=4e-3, schedule="cosine"),
    slices=("label",),
    thresholds={"accuracy": 0.92},
    contracts=(Invariant("image", shift=1, share=0.9),),
    tolerance=0.005,
)  # fmt: skip
