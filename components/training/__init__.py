"""From encoded examples to a trained and exported model."""
