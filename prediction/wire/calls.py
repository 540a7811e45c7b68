"""The gRPC methods of TensorFlow Serving by their paths, for a channel of grpc or grpc.aio."""

from typing import Any

from prediction.wire import tf_serving_pb2 as wire

PREDICT = "/tensorflow.serving.PredictionService/Predict"
GET_MODEL_METADATA = "/tensorflow.serving.PredictionService/GetModelMetadata"
GET_MODEL_STATUS = "/tensorflow.serving.ModelService/GetModelStatus"


def predict(channel: Any) -> Any:
    """The call ``(PredictRequest, timeout=seconds) -> PredictResponse``."""
    return channel.unary_unary(PREDICT, wire.PredictRequest.SerializeToString, wire.PredictResponse.FromString)


def get_model_status(channel: Any) -> Any:
    """The call ``(GetModelStatusRequest, timeout=seconds) -> GetModelStatusResponse``."""
    return channel.unary_unary(
        GET_MODEL_STATUS, wire.GetModelStatusRequest.SerializeToString, wire.GetModelStatusResponse.FromString
    )


def get_model_metadata(channel: Any) -> Any:
    """The call ``(GetModelMetadataRequest, timeout=seconds) -> GetModelMetadataResponse``."""
    return channel.unary_unary(
        GET_MODEL_METADATA, wire.GetModelMetadataRequest.SerializeToString, wire.GetModelMetadataResponse.FromString
    )
