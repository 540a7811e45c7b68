"""TensorFlow Serving's REST API: JSON to tensors and back, routes, and the HTTP server."""
