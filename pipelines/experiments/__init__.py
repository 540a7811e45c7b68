"""Trainings that push nothing, to learn something of a dataset: K folds, the universal workflow, tuning."""
