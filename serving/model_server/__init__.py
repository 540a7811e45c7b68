"""TensorFlow Serving's wire format and model folders on a machine without it: a local stand-in for tensorflow_model_server."""
