"""What a model server answers for a classification, or a regression."""

from typing import Any

from prediction.wire import tf_serving_pb2 as wire


def classification(version: int, classes: list[str], probabilities: list[list[float]]) -> wire.PredictResponse:
    answer = wire.PredictResponse()
    answer.model_spec.name = "titanic"
    answer.model_spec.version.value = version
    best = [max(range(len(classes)), key=row.__getitem__) for row in probabilities]
    _fill(answer.outputs["class"], wire.DT_STRING, [len(best)], "string_val", [classes[i].encode() for i in best])
    confidence = [row[i] for row, i in zip(probabilities, best, strict=True)]
    _fill(answer.outputs["confidence"], wire.DT_FLOAT, [len(best)], "float_val", confidence)
    flat = [p for row in probabilities for p in row]
    _fill(answer.outputs["probabilities"], wire.DT_FLOAT, [len(best), len(classes)], "float_val", flat)
    return answer


def _fill(tensor: wire.Tensor, dtype: int, shape: list[int], field: str, values: list[Any]) -> None:
    tensor.dtype = dtype  # type: ignore[assignment]
    for size in shape:
        tensor.tensor_shape.dim.add(size=size)
    getattr(tensor, field).extend(values)


def regression(version: int, values: list[float]) -> wire.PredictResponse:
    answer = wire.PredictResponse()
    answer.model_spec.version.value = version
    _fill(answer.outputs["value"], wire.DT_FLOAT, [len(values)], "float_val", values)
    return answer


def status(*versions: tuple[int, str]) -> wire.GetModelStatusResponse:
    answer = wire.GetModelStatusResponse()
    for version, state in versions:
        answer.model_version_status.add(version=version, state=wire.ModelVersionStatus.State.Value(state))
    return answer
