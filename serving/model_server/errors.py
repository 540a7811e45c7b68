"""Errors of calls: a gRPC status code and TensorFlow Serving's text."""

import grpc

from schemas.errors import InputError

_LONGEST = 1024  # characters; of grpc_status_util.cc. REST does not cut.
_BY_NUMBER = {code.value[0]: code for code in grpc.StatusCode}


class ServingError(Exception):
    """A call's error.

    Attributes:
      code: the gRPC status; REST maps it to an HTTP status.
      message: the text for the client.
    """

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @property
    def details(self) -> str:
        """The message as gRPC carries it: cut to 1024 characters."""
        return self.message if len(self.message) <= _LONGEST else f"{self.message[:_LONGEST]}...TRUNCATED"


def invalid(message: str) -> ServingError:
    """INVALID_ARGUMENT, over REST 400: the request is wrong whatever the server's state."""
    return ServingError(grpc.StatusCode.INVALID_ARGUMENT, message)


def failed_precondition(message: str) -> ServingError:
    """FAILED_PRECONDITION, over REST 400: the model lacks what the request needs."""
    return ServingError(grpc.StatusCode.FAILED_PRECONDITION, message)


def not_found(message: str) -> ServingError:
    """NOT_FOUND, over REST 404: no such model or version is loaded."""
    return ServingError(grpc.StatusCode.NOT_FOUND, message)


def unavailable(message: str) -> ServingError:
    """UNAVAILABLE, over REST 503: the server has too much to do."""
    return ServingError(grpc.StatusCode.UNAVAILABLE, message)


def unimplemented(message: str) -> ServingError:
    """UNIMPLEMENTED, over REST 501: the server has no such function."""
    return ServingError(grpc.StatusCode.UNIMPLEMENTED, message)


def of_number(number: int, message: str) -> ServingError:
    """An error of TensorFlow's runtime (tsl/protobuf/error_codes.proto), whose codes have gRPC's numbers."""
    return ServingError(_BY_NUMBER.get(number, grpc.StatusCode.UNKNOWN), message)


def of_tensorflow(error: Exception) -> ServingError:
    """An exception of TensorFlow's Python API with the code and the text that its runtime gave."""
    if isinstance(error, ServingError):
        return error
    number = getattr(error, "error_code", None)
    code = _BY_NUMBER.get(number, grpc.StatusCode.UNKNOWN) if isinstance(number, int) else grpc.StatusCode.INTERNAL
    return ServingError(code, str(getattr(error, "message", None) or f"{type(error).__name__}: {error}"))


def not_started(error: ServingError) -> InputError:
    """What a start-up that failed ends the process with, as server.cc writes it."""
    return InputError(f"Failed to start server. Error: {error.code.name}: {error.message}")
