"""The REST gateway: JSON, pictures and text in, classes and values out. Never imports TensorFlow."""
