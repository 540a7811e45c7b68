"""The part of TensorFlow's C API that loads and runs SavedModels, by ctypes.

It is the loader that TensorFlow Serving uses, with the same error texts; and Python threads go on while it works, whereas the
loader of the Python API stops every request while it imports a graph, for 30 ms and more.

Types and functions: tensorflow/c/c_api.h, tf_tensor.h, tf_status.h and tf_tstring.h, of the stable C API.
"""

import ctypes
from collections.abc import Sequence
from ctypes import POINTER, Structure, c_char_p, c_int, c_int64, c_size_t, c_uint8, c_void_p
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import tensorflow as tf
from tensorflow.core.framework import types_pb2

from serving.model_server.errors import ServingError, of_number
from serving.model_server.tensors import DTYPE_OF_NUMPY, NUMPY_OF_DTYPE

_STRING_BYTES = 24  # sizeof(TF_TString)
_INLINE_BYTES = 22  # that a TF_TString holds in itself
_INLINE, _KIND_BITS = 0, 2  # the lowest two bits of the first byte are the kind; a short string's length is above them


class Output(Structure):
    """TF_Output: an output of an operation."""

    _fields_ = (("operation", c_void_p), ("index", c_int))


class Buffer(Structure):
    """TF_Buffer: bytes that the library owns until TF_DeleteBuffer."""

    _fields_ = (("data", c_void_p), ("length", c_size_t), ("deallocator", c_void_p))


def _library(kind: Any, functions: dict[str, tuple[Any, ...]]) -> Any:
    """The C API with the types of some functions: the result, then the arguments."""
    library = kind(str(Path(tf.sysconfig.get_lib()) / "libtensorflow_cc.so.2"))
    for name, (result, *arguments) in functions.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


# CDLL releases the GIL: other Python threads go on while these work.
_slow = _library(ctypes.CDLL, {
    "TF_LoadSessionFromSavedModel": (
        c_void_p, c_void_p, c_void_p, c_char_p, POINTER(c_char_p), c_int, c_void_p, POINTER(Buffer), c_void_p
    ),
    "TF_SessionRun": (
        None, c_void_p, POINTER(Buffer), POINTER(Output), POINTER(c_void_p), c_int, POINTER(Output), POINTER(c_void_p), c_int,
        c_void_p, c_int, c_void_p, c_void_p,
    ),
    "TF_CloseSession": (None, c_void_p, c_void_p),
    "TF_DeleteSession": (None, c_void_p, c_void_p),
    "TF_DeleteGraph": (None, c_void_p),
})  # fmt: skip
# PyDLL keeps the GIL: these are done sooner than Python could switch to another thread and back.
_quick = _library(ctypes.PyDLL, {
    "TF_NewStatus": (c_void_p,),
    "TF_DeleteStatus": (None, c_void_p),
    "TF_GetCode": (c_int, c_void_p),
    "TF_Message": (c_char_p, c_void_p),
    "TF_NewGraph": (c_void_p,),
    "TF_NewBuffer": (POINTER(Buffer),),
    "TF_NewBufferFromString": (POINTER(Buffer), c_char_p, c_size_t),
    "TF_DeleteBuffer": (None, POINTER(Buffer)),
    "TF_NewSessionOptions": (c_void_p,),
    "TF_DeleteSessionOptions": (None, c_void_p),
    "TF_GraphOperationByName": (c_void_p, c_void_p, c_char_p),
    "TF_OperationNumOutputs": (c_int, c_void_p),
    "TF_AllocateTensor": (c_void_p, c_int, POINTER(c_int64), c_int, c_size_t),
    "TF_DeleteTensor": (None, c_void_p),
    "TF_TensorType": (c_int, c_void_p),
    "TF_NumDims": (c_int, c_void_p),
    "TF_Dim": (c_int64, c_void_p, c_int),
    "TF_TensorData": (c_void_p, c_void_p),
    "TF_TensorByteSize": (c_size_t, c_void_p),
    "TF_StringCopy": (None, c_void_p, c_char_p, c_size_t),
    "TF_StringGetDataPointer": (c_void_p, c_void_p),
    "TF_StringGetSize": (c_size_t, c_void_p),
})  # fmt: skip


class Status:
    """A TF_Status. As a context, it raises what it holds at the end."""

    def __enter__(self) -> Any:
        self._pointer = _quick.TF_NewStatus()
        return self._pointer

    def __exit__(self, *raised: Any) -> None:
        code, message = _quick.TF_GetCode(self._pointer), _quick.TF_Message(self._pointer)
        _quick.TF_DeleteStatus(self._pointer)
        # An error that is already on its way is not replaced by this one.
        if code and raised[0] is None:
            raise of_number(code, message.decode(errors="replace"))


def load(path: Path, tag: str) -> tuple[int, int, bytes]:
    """Loads a SavedModel: graph, variables, tables, assets. ``tag`` may be several, with commas between.

    Returns:
      The session, the graph, and the serialized MetaGraphDef.

    Raises:
      ServingError: TensorFlow's code and text.
    """
    graph = _quick.TF_NewGraph()
    options, meta_graph = _quick.TF_NewSessionOptions(), _quick.TF_NewBuffer()
    try:
        with Status() as status:
            named = tag.encode().split(b",")
            tags = (c_char_p * len(named))(*named)
            session = _slow.TF_LoadSessionFromSavedModel(
                options, None, bytes(path), tags, len(named), graph, meta_graph, status
            )
        return session, graph, ctypes.string_at(meta_graph.contents.data, meta_graph.contents.length)
    except ServingError:
        _slow.TF_DeleteGraph(graph)
        raise
    finally:
        _quick.TF_DeleteSessionOptions(options)
        _quick.TF_DeleteBuffer(meta_graph)


def close(session: int, graph: int) -> None:
    """Frees what ``load`` gave. Raises ServingError."""
    with Status() as status:
        _slow.TF_CloseSession(session, status)
    with Status() as status:
        _slow.TF_DeleteSession(session, status)
    _slow.TF_DeleteGraph(graph)


def output(graph: int, name: str) -> Output | None:
    """A tensor by its name, as ``x:0``; None where the graph has none."""
    operation, _, index = name.partition(":")
    found = _quick.TF_GraphOperationByName(graph, operation.encode())
    number = int(index) if index.isdecimal() else 0
    return Output(found, number) if found and number < _quick.TF_OperationNumOutputs(found) else None


def run(
    session: int, feeds: Sequence[Output], values: Sequence[np.ndarray], fetches: Sequence[Output], options: bytes
) -> list[np.ndarray]:
    """TF_SessionRun; ``options`` is a serialized RunOptions. Raises ServingError."""
    tensors: list[int] = []
    fetched = (c_void_p * len(fetches))()
    buffer = _quick.TF_NewBufferFromString(options, len(options)) if options else None
    try:
        for value in values:
            tensors.append(_tensor(value))
        with Status() as status:
            _slow.TF_SessionRun(
                session, buffer, (Output * len(feeds))(*feeds), (c_void_p * len(tensors))(*tensors), len(tensors),
                (Output * len(fetches))(*fetches), fetched, len(fetches), None, 0, None, status,
            )  # fmt: skip
        # Copied out before the finally frees the tensors.
        return [_array(tensor) for tensor in fetched if tensor is not None]
    finally:
        for tensor in (*tensors, *filter(None, fetched)):
            _quick.TF_DeleteTensor(tensor)
        if buffer is not None:
            _quick.TF_DeleteBuffer(buffer)


def _tensor(values: np.ndarray) -> int:
    """A new TF_Tensor with a copy of an array."""
    shape = (c_int64 * values.ndim)(*values.shape)
    if values.dtype != object:
        kind = DTYPE_OF_NUMPY[values.dtype]
        tensor: int = _quick.TF_AllocateTensor(kind, shape, values.ndim, values.nbytes)
        # memmove copies bytes in order; a slice or a transposed view has others between them.
        flat = np.ascontiguousarray(values)
        ctypes.memmove(_quick.TF_TensorData(tensor), flat.ctypes.data, flat.nbytes)
        return tensor
    tensor = _quick.TF_AllocateTensor(types_pb2.DT_STRING, shape, values.ndim, values.size * _STRING_BYTES)
    _write_strings(values.reshape(-1).tolist(), _quick.TF_TensorData(tensor))
    return tensor


def _write_strings(strings: list[bytes], at: int) -> None:
    """TF_TStrings from an address on: short ones all at once, as each would take a call of a microsecond."""
    if not strings:
        return
    lengths = np.fromiter(map(len, strings), np.int64, len(strings))
    long = np.flatnonzero(lengths > _INLINE_BYTES).tolist()
    short = strings
    if long:
        short = strings.copy()
        for index in long:
            short[index] = b""
        lengths[long] = 0
    cells = np.zeros((len(strings), _STRING_BYTES), np.uint8)
    cells[:, 0] = lengths << _KIND_BITS | _INLINE
    cells[:, 1:] = np.array(short, f"S{_STRING_BYTES - 1}").view(np.uint8).reshape(len(strings), -1)
    ctypes.memmove(at, cells.ctypes.data, cells.nbytes)
    for index in long:
        _quick.TF_StringCopy(at + index * _STRING_BYTES, strings[index], len(strings[index]))


def _array(tensor: int) -> np.ndarray:
    """A copy of a TF_Tensor. Raises ServingError for one that is not numbers or strings."""
    kind = _quick.TF_TensorType(tensor)
    shape = [_quick.TF_Dim(tensor, axis) for axis in range(_quick.TF_NumDims(tensor))]
    size, data = _quick.TF_TensorByteSize(tensor), _quick.TF_TensorData(tensor)
    if kind == types_pb2.DT_STRING:
        values = np.empty(size // _STRING_BYTES, object)
        values[:] = _read_strings(data, size)
        return values.reshape(shape)
    if kind not in NUMPY_OF_DTYPE:
        named = types_pb2.DataType.Name(kind)
        raise ServingError(grpc.StatusCode.UNIMPLEMENTED, f"an output of type {named} cannot be sent")
    content = bytearray((c_uint8 * size).from_address(data)) if size else bytearray()
    return np.frombuffer(content, NUMPY_OF_DTYPE[kind]).reshape(shape)


def _read_strings(at: int, size: int) -> list[bytes]:
    content = ctypes.string_at(at, size)
    found = []
    for start in range(0, size, _STRING_BYTES):
        head = content[start]
        if head & ((1 << _KIND_BITS) - 1) == _INLINE:
            found.append(content[start + 1 : start + 1 + (head >> _KIND_BITS)])
        else:
            address = at + start
            found.append(ctypes.string_at(_quick.TF_StringGetDataPointer(address), _quick.TF_StringGetSize(address)))
    return found
