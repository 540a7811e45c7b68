"""How a page is run: built as a TFX pipeline, launched step by step, recorded, and reported."""
