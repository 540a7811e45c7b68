"""Who asks the model."""
