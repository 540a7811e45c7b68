"""What will the house sell for? 1,460 sales in Ames, Iowa, 2006 to 2010 (De Cock, 2011), Kaggle's train.csv, in dollars.

Kaggle's test.csv has no prices, so the test split is a part of train.csv; ``slipway predict house_prices --file test.csv
--submission --out submission.csv`` answers the other file.
"""

from pipelines.spec import (
    Buckets,
    Category,
    Csv,
    Monotone,
    Number,
    Pipeline,
    Regression,
    Splits,
    Submission,
    Tabular,
    Training,
)

# Square feet, dollars and counts with a long tail: a doubling matters, wherever it begins.
AREAS = (
    "LotFrontage", "LotArea", "MasVnrArea", "BsmtFinSF1", "BsmtFinSF2", "BsmtUnfSF", "TotalBsmtSF", "1stFlrSF", "2ndFlrSF",
    "LowQualFinSF", "GrLivArea", "WoodDeckSF", "OpenPorchSF", "EnclosedPorch", "3SsnPorch", "ScreenPorch", "PoolArea",
    "MiscVal", "KitchenAbvGr", "BsmtHalfBath",
)  # fmt: skip
QUANTITIES = (
    "OverallQual", "OverallCond", "YearBuilt", "YearRemodAdd", "BsmtFullBath", "FullBath", "HalfBath", "BedroomAbvGr",
    "TotRmsAbvGrd", "Fireplaces", "GarageYrBlt", "GarageCars", "GarageArea", "YrSold",
)  # fmt: skip
NAMES = (
    "MSSubClass", "MSZoning", "Street", "Alley", "LotShape", "LandContour", "Utilities", "LotConfig", "LandSlope",
    "Neighborhood", "Condition1", "Condition2", "BldgType", "HouseStyle", "RoofStyle", "RoofMatl", "Exterior1st",
    "Exterior2nd", "MasVnrType", "ExterQual", "ExterCond", "Foundation", "BsmtQual", "BsmtCond", "BsmtExposure",
    "BsmtFinType1", "BsmtFinType2", "Heating", "HeatingQC", "CentralAir", "Electrical", "KitchenQual", "Functional",
    "FireplaceQu", "GarageType", "GarageFinish", "GarageQual", "GarageCond", "PavedDrive", "PoolQC", "Fence", "MiscFeature",
    "MoSold", "SaleType", "SaleCondition",
)  # fmt: skip

pipeline = Pipeline(
    name="house_prices",
    source=Csv(
        "train.csv",
        missing=("NA", ""),
        # Kaggle asks for a login; this is the copy of the book "Dive into Deep Learning", the same bytes.
        url="http://d2l-data.s3-accelerate.amazonaws.com/kaggle_house_pred_train.csv",
        sha256="1e18addf81e5e4d347cc17ee6075bbe4a42b7fa26b9e5b063e8f692a5f929d41",
    ),
    splits=Splits(key=("Id",)),
    task=Regression(label="SalePrice", log=True),
    features={
        **dict.fromkeys(AREAS, Number(scale="log")),
        **dict.fromkeys(QUANTITIES, Number()),
        **dict.fromkeys(NAMES, Category()),
    },
    model=Tabular(hidden=(64, 32), dropout=0.1, l2=1e-2, wide=True, embed_above=64),
    training=Training(
        epochs=60, batch_size=64, learning_rate=4e-3, schedule="cosine", loss="huber", patience=30, ensemble=3
    ),
    slices=("Neighborhood", "BldgType", Buckets("YearBuilt", (1940, 1970, 2000))),
    thresholds={"rmsle": 0.15},
    contracts=(Monotone("GrLivArea", "up"),),
    tolerance=0.05,
    submission=Submission(id="Id", column="SalePrice"),
)
