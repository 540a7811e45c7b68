"""TensorFlow Serving's messages without TensorFlow: tf_serving.proto, and the modules that protoc made of it."""
