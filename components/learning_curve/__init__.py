"""The learning curve by training-set size: parts of the train split, and a training on each."""
