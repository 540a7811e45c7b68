"""From a trained model to a verdict."""
