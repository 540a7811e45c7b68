"""The result that the Pusher's task hands over as its output parameter, read from the server where that is possible."""

import json
from typing import Any

from ml_metadata.proto import metadata_store_pb2, metadata_store_service_pb2

from pipelines.kubeflow.api import Api
from schemas.records import RunResult

_SERVICE = "/ml_metadata.MetadataStoreService"
_RUN_TYPE = "system.PipelineRun"
_HEADER = 5  # bytes of a gRPC-Web frame: a flag and the length
_TRAILER = 0x80


def read(api: Api, run_id: str, task: str, parameter: str) -> RunResult | None:
    """The result in an output parameter of a task, or None if this server does not show it.

    From version 3 on the API has the tasks' outputs; before, they are in the metadata service behind the web pages.
    """
    text = _from_tasks(api, run_id, task, parameter)
    if text is None:
        text = _from_metadata(api, run_id, task, parameter)
    try:
        return RunResult.from_json(json.loads(text or ""))
    except ValueError:
        return None


def _from_tasks(api: Api, run_id: str, task: str, parameter: str) -> str | None:
    answer = api.get(f"/apis/v2beta1/runs/{run_id}/tasks")  # not there before version 3
    for found in answer.get("tasks", []) if isinstance(answer, dict) else []:
        if found.get("name") == task:
            for output in found.get("outputs", {}).get("parameters", []):
                if output.get("parameter_key") == parameter:
                    return str(output.get("value"))
    return None


def _from_metadata(api: Api, run_id: str, task: str, parameter: str) -> str | None:
    asked = metadata_store_service_pb2.GetContextByTypeAndNameRequest(type_name=_RUN_TYPE, context_name=run_id)
    context = metadata_store_service_pb2.GetContextByTypeAndNameResponse()
    if not _call(api, "GetContextByTypeAndName", asked, context) or not context.context.id:
        return None
    executions = metadata_store_service_pb2.GetExecutionsByContextResponse()
    wanted = metadata_store_service_pb2.GetExecutionsByContextRequest(context_id=context.context.id)
    if not _call(api, "GetExecutionsByContext", wanted, executions):
        return None
    values = (_output(execution, task, parameter) for execution in executions.executions)
    return next((value for value in values if value), None)


def _output(execution: metadata_store_pb2.Execution, task: str, parameter: str) -> str:
    properties = execution.custom_properties
    if properties["task_name"].string_value != task:
        return ""
    return str(properties["outputs"].struct_value.fields[parameter].string_value)


def _call(api: Api, method: str, request: Any, response: Any) -> bool:
    """A unary gRPC-Web call; whether ``response`` was filled."""
    body = request.SerializeToString()
    answer = api.post(f"{_SERVICE}/{method}", b"\0" + len(body).to_bytes(4, "big") + body, "application/grpc-web+proto")
    if answer is None or len(answer) < _HEADER or answer[0] & _TRAILER:
        return False
    length = int.from_bytes(answer[1:_HEADER], "big")
    response.ParseFromString(answer[_HEADER : _HEADER + length])
    return True
