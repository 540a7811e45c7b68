"""Who survived the Titanic? 891 passengers, Kaggle's train.csv."""

from pipelines.spec import (
    BinaryClassification,
    Category,
    Csv,
    Invariant,
    Number,
    Pipeline,
    Splits,
    Submission,
    Tabular,
    Training,
)

pipeline = Pipeline(
    name="titanic",
    source=Csv(
        "titanic.csv",
        url="https://raw.githubusercontent.com/datasciencedojo/datasets/master/titanic.csv",
        sha256="4a437fde05fe5264e1701a7387ac6fb75393772ba38bb2c9c566405af5af4bd7",
    ),
    splits=Splits(key=("PassengerId",)),
    task=BinaryClassification(label="Survived", classes=("died", "survived")),
    features={
        "Age": Number(missing="mean", indicator=True),
        "Fare": Number(scale="log"),
        "SibSp": Number(),
        "Parch": Number(),
        "Sex": Category(),
        "Pclass": Category(),
        "Embarked": Category(),
        "Title": Category(
            derived="pipelines.titanic_features:title", of=("Name",), names=("Master", "Miss", "Mr", "Mrs")
        ),
        "Deck": Category(derived="pipelines.titanic_features:deck", of=("Cabin",), names=tuple("ABCDEFG")),
        "Family": Category(
            derived="pipelines.titanic_features:family", of=("SibSp", "Parch"), names=("alone", "small", "large")
        ),
    },
    model=Tabular(hidden=(32, 16), dropout=0.2, l2=3e-3, wide=True),
    training=Training(epochs=24, batch_size=32, learning_rate=5e-3, schedule="cosine", patience=20, ensemble=4),
    slices=("Sex", "Pclass", ("Sex", "Pclass")),
    thresholds={"binary_accuracy": 0.78, "auc": 0.84},
    contracts=(Invariant("Name", swap=(("John", "George"), ("William", "Charles"), ("Mary", "Anna"))),),
    tolerance=0.03,  # the test split has some 130 passengers: three of them are 2.3 per cent
    submission=Submission(id="PassengerId", column="Survived"),
)
