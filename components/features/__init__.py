"""From raw columns to what a model reads, in training and in serving alike."""
