"""K-fold cross-validation: which fold each example is in, and a model that has not seen a fold, judged on it."""
