"""A whole file or folder predicted, row by row in blocks."""
