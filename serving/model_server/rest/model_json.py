"""A model's status and metadata as protobuf's JSON."""

import json
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from tensorflow_serving.apis.get_model_metadata_pb2 import GetModelMetadataResponse, SignatureDefMap
from tensorflow_serving.apis.get_model_status_pb2 import GetModelStatusResponse

SIGNATURES = "signature_def"


def status(response: GetModelStatusResponse) -> bytes:
    """``{"model_version_status": [...]}``."""
    return _body(_plain(response))


def metadata(response: GetModelMetadataResponse) -> bytes:
    """``{"model_spec": {...}, "metadata": {"signature_def": {"signature_def": {name: signature}}}}``."""
    signatures = SignatureDefMap()
    response.metadata[SIGNATURES].Unpack(signatures)
    return _body({"model_spec": _plain(response.model_spec), "metadata": {SIGNATURES: _plain(signatures)}})


def _plain(message: Message) -> dict[str, Any]:
    return MessageToDict(message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)


def _body(content: dict[str, Any]) -> bytes:
    return json.dumps(content, indent=1, ensure_ascii=False).encode() + b"\n"
