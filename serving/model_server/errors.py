"""What a call ends with when it does not end well: a status code and TensorFlow Serving's text."""

import grpc


class ServingError(Exception):
    """A call's error. ``code`` is the gRPC status; ``message`` is what the client reads."""

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def invalid(message: str) -> ServingError:
    return ServingError(grpc.StatusCode.INVALID_ARGUMENT, message)
