"""The graphs of versions: each dossier keeps its Keras model's, from which the worker makes a drawing."""

FILE = "graph.json"
