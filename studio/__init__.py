"""The web studio: a Keras graph is drawn, trained in the same pipeline as a page's model, looked at and asked.

The server has no TensorFlow: what needs Keras runs in a worker process (studio.keras_worker), and what trains is a child
process ``slipway run NAME --graph FILE --events`` (studio.jobs).
"""
