"""The body of a Predict request, in row or column format, as the inputs of a signature."""

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray
from tensorflow.core.protobuf.meta_graph_pb2 import SignatureDef, TensorInfo

from serving.model_server.errors import ServingError, invalid
from serving.model_server.rest.elements import fill, flat, quick, regular, shaped, tensor
from serving.model_server.rest.json_parser import JsonError
from serving.model_server.rest.json_reader import read
from serving.model_server.rest.json_value import Absent, first, is_base64, is_object, members, shown

DEFAULT_SIGNATURE = "serving_default"

Inputs = dict[str, NDArray[Any]]


def document(body: bytes) -> Any:
    """The object of a request. Raises ServingError (INVALID_ARGUMENT) for anything else."""
    if not body:
        raise invalid("JSON Parse error: The document is empty")
    try:
        found = read(body)
    except JsonError as error:
        raise invalid(f"JSON Parse error: {error}") from error
    if not is_object(found):
        raise invalid(f"JSON Value: {shown(found)} Is not object")
    return found


def signature_name(request: Any) -> str:
    """The signature that a request names, "" for the default. Raises ServingError."""
    name = first(request, "signature_name")
    if name is Absent:
        return ""
    if not isinstance(name, str):
        raise invalid(
            f"JSON Value: {shown(request)} not formatted correctly. 'signature_name' key must be a string value."
        )
    return name


def signature_inputs(signatures: Mapping[str, SignatureDef], name: str) -> Mapping[str, TensorInfo]:
    """The inputs of a signature, never empty. Raises ServingError."""
    signature = name or DEFAULT_SIGNATURE
    if signature not in signatures:
        # 400 over REST, where gRPC has FAILED_PRECONDITION and another text.
        raise invalid(f'Serving signature name: "{signature}" not found in signature def')
    inputs = signatures[signature].inputs
    if not inputs:
        raise invalid(f"Failed to get input map for signature: {name or 'DEFAULT'}")
    return inputs


def tensors(request: Any, inputs: Mapping[str, TensorInfo]) -> tuple[Inputs, bool]:
    """The input tensors of a request, and whether it is in row format. Raises ServingError."""
    rows, columns = first(request, "instances"), first(request, "inputs")
    if rows is Absent and columns is Absent:
        raise invalid("Missing 'inputs' or 'instances' key")
    # Sorted, as the texts of errors list the names.
    dtypes = {name: inputs[name].dtype for name in sorted(inputs)}
    if rows is Absent:
        return _columns(columns, dtypes), False
    problem = _problem(rows, columns)
    if problem:
        raise invalid(f"JSON Value: {shown(request)} {problem}")
    return _quick_rows(rows, dtypes) or _rows(rows, dtypes), True


def _problem(rows: Any, columns: Any) -> str:
    if columns is not Absent:
        return "Not formatted correctly expecting only one of 'inputs' or 'instances' keys to exist "
    if not isinstance(rows, list):
        return "Expecting 'instances' to be an list/array"
    return "" if rows else "No values in 'instances' array"


def _columns(value: Any, dtypes: Mapping[str, int]) -> Inputs:
    if is_object(value) and not is_base64(value):
        found = {}
        # Extra names are ignored in column format; row format refuses them (json_tensor.cc).
        for name, dtype in dtypes.items():
            column = first(value, name)
            if column is Absent:
                raise invalid(f"Missing named input: {name} in 'inputs' object.")
            found[name] = tensor(column, dtype, name)
        return found
    if len(dtypes) > 1:
        raise invalid(
            "inputs is a plain value/list, but expecting an object as multiple input tensors required as per "
            "tensorinfo_map"
        )
    ((name, dtype),) = dtypes.items()
    return {name: tensor(value, dtype, name)}


def _is_named(row: Any) -> bool:
    return is_object(row) and not is_base64(row)


def _quick_rows(rows: list[Any], dtypes: Mapping[str, int]) -> Inputs | None:
    """The inputs where every row fits at once; None where the rows have to be checked one by one."""
    if not set(map(type, rows)) <= {dict}:
        columns = {next(iter(dtypes)): rows} if len(dtypes) == 1 else {}
    elif any(row.keys() != dtypes.keys() for row in rows) or is_base64(rows[0]):
        return None
    else:
        columns = {name: [row[name] for row in rows] for name in dtypes}
    found = {}
    for name, column in columns.items():
        leaves = regular(column)
        array = quick(leaves[0], dtypes[name]) if leaves else None
        if leaves is None or array is None:
            return None
        found[name] = shaped(array, leaves[1], name)
    return found


class _Stack:
    """The rows of one input, put on top of one another."""

    def __init__(self, dtype: int) -> None:
        self.dtype = dtype
        self.values: list[Any] = []
        self.size: int | None = None
        self.shape: tuple[int, ...] = ()

    def add(self, row: Any) -> None:
        before = len(self.values)
        shape = fill(row, self.dtype, self.values)
        size = len(self.values) - before
        if self.size is None:
            self.size, self.shape = size, shape
        elif size != self.size:
            raise invalid(f"Expecting tensor size: {self.size} but got: {size}")
        elif shape != self.shape:
            raise invalid(f"Expecting shape {_brackets(self.shape)} but got: {_brackets(shape)}")

    def tensor(self, count: int, name: str) -> NDArray[Any]:
        # A name that comes twice in a row has given too many values; the runtime drops what the shape has no room for.
        values = self.values[: count * (self.size or 0)]
        return shaped(flat(values, self.dtype), (count, *self.shape), name)


def _brackets(shape: tuple[int, ...]) -> str:
    return f"[{','.join(map(str, shape))}]"


def _rows(rows: list[Any], dtypes: Mapping[str, int]) -> Inputs:
    if len(dtypes) > 1 and not is_object(rows[0]):
        raise invalid(
            "instances is a plain list, but expecting list of objects as multiple input tensors required as per "
            "tensorinfo_map"
        )
    named = _is_named(rows[0])
    stacks: dict[str, _Stack] = {}
    for index, row in enumerate(rows):
        if named and not _is_named(row):
            raise invalid(f"Expecting object but got list at item {index} of input list")
        if not named and _is_named(row):
            raise invalid(f"Expecting value/list but got object at item {index} of input list")
        if named:
            _add_named(stacks, index, row, dtypes)
        else:
            _add(stacks, next(iter(dtypes)), row, dtypes, f"Failed to process element: {index} of 'instances' list.")
    return {name: stack.tensor(len(rows), name) for name, stack in stacks.items()}


def _add_named(stacks: dict[str, _Stack], index: int, row: Any, dtypes: Mapping[str, int]) -> None:
    names = set()
    for name, value in members(row):
        names.add(name)
        _add(stacks, name, value, dtypes, f"Failed to process element: {index} key: {name} of 'instances' list.")
    if names != dtypes.keys():
        raise invalid(
            f"Failed to process element: {index} of 'instances' list. JSON object: {shown(row)} "
            f"keys must be equal to: {','.join(dtypes)}"
        )


def _add(stacks: dict[str, _Stack], name: str, value: Any, dtypes: Mapping[str, int], where: str) -> None:
    try:
        if name not in dtypes:
            raise invalid(f"JSON object: does not have named input: {name}")
        stacks.setdefault(name, _Stack(dtypes[name])).add(value)
    except ServingError as error:
        raise invalid(f"{where} Error: {error.code.name}: {error.message}") from error
