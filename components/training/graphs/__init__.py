"""Drawn Keras graphs: what can be drawn, and how a drawing is checked, read and written."""
