"""The process that has Keras: it answers the server's calls within limits of time and memory, and starts anew.

``client`` is the server's side and imports no Keras. ``python -m studio.keras_worker OPTIONS`` is the process: it reads calls
from stdin and writes answers to stdout, one JSON object a line.
"""
