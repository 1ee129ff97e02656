"""Dify's errors: `{"code", "message", "status"}`, in a response of their own or as an event of a stream."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, JSONResponse, Response

from emulators.rag_server.dify.apps import QUESTION_VARIABLE
from emulators.rag_server.dify.versions import V0_15, V1_12
from emulators.rag_server.http.router import RejectedError, bearer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from starlette.requests import Request

    from emulators.rag_server.answering.answerers import ProviderError
    from emulators.rag_server.versions import Version

_CROWD = (
    "Too many requests. Please try again later. The current maximum concurrent requests allowed for this "
    "app is 10."
)

#: code → status and message.
KNOWN = {
    "app_unavailable": (400, "App unavailable, please check your app configurations."),
    "not_chat_app": (400, "Please check if your app mode matches the right API route."),
    "not_workflow_app": (400, "Please check if your app mode matches the right API route."),
    "provider_not_initialize": (
        400,
        "No valid model provider credentials found. Please go to Settings -> Model Provider.",
    ),
    "model_currently_not_support": (
        400,
        "The current model is not supported, please select another model.",
    ),
    "provider_quota_exceeded": (
        400,
        "Your quota for Dify Hosted Model Provider has been exhausted.",
    ),
    "completion_request_error": (400, "Completion request failed."),
    "invalid_param": (400, "Model nowhere not exist."),
    "bad_request": (400, "Bad request."),
    "unauthorized": (401, "Access token is invalid"),
    "forbidden": (403, "The app's API service has been disabled."),
    "not_found": (404, "Not found."),
    "file_too_large": (413, "File size exceeded. {message}"),
    "unsupported_file_type": (415, "File type not allowed."),
    "too_many_requests": (429, _CROWD),
    "rate_limit_error": (429, "Sorry, you have reached the rate limit of your subscription plan."),
    "internal_server_error": (500, "The server encountered an internal error."),
}


@dataclass(frozen=True)
class Problem:
    """What is wrong with a field, in the words of 0.x (`{given}`: its value) and in those of 1.x."""

    old: str
    new: str


MISSING = Problem(
    "Missing required parameter in the JSON body or the post body or the query string", "Field required"
)
NO_MAPPING = Problem(MISSING.old, "Input should be a valid dictionary")
NO_MODE = Problem("{given} is not a valid choice", "Input should be 'blocking' or 'streaming'")
NO_UUID = Problem("{given} is not a valid uuid.", "Value error, conversation_id must be a valid UUID")


class DifyError(Exception):
    """Raised when a run fails; it is told in the stream, or as the response where there is none."""

    def __init__(self, code: str, message: str = "", status: int = 0) -> None:
        usual_status, usual = KNOWN.get(code, (400, code))
        super().__init__(message or usual)
        self.code = code
        self.status = status or usual_status

    @property
    def body(self) -> dict[str, object]:
        """The envelope."""
        return {"code": self.code, "message": str(self), "status": self.status}


def rejected(code: str, message: str = "", status: int = 0) -> RejectedError:
    """A request is answered with this error before anything runs."""
    error = DifyError(code, message, status)
    return RejectedError(JSONResponse(error.body, status_code=error.status))


def crowding(version: Version) -> int:
    """The status at the limit of concurrent requests: 429 on 0.6.16, 400 on 0.15.3 and 1.12.1."""
    return 429 if version < V0_15 else 400


def crowded(status: int) -> RejectedError:
    """The limit of concurrent requests: a 400 is said to be `invalid_param`."""
    return rejected(
        "too_many_requests" if status == KNOWN["too_many_requests"][0] else "invalid_param", _CROWD
    )


def unconfigured(version: Version) -> DifyError:
    """The app's model is not configured."""
    return DifyError("provider_not_initialize" if version < V1_12 else "invalid_param")


def of_provider(error: ProviderError, version: Version, plugin_error: str | None) -> DifyError:
    """What a failing model is to the client: whatever its status was, that survives in the words only.

    plugin_error: the type that a model plugin gives the failure; every ValueError is `invalid_param` then.
    """
    said = json.dumps({"error": {"message": error.reason, "type": "upstream_error", "code": error.status}})
    words = error.reason if error.status is None else f"status code {error.status}: {said}"
    if version < V1_12:
        kind = _CLASSES.get(error.status or 0, "Connection Error")
        return DifyError(
            "completion_request_error", f"[openai_api_compatible] {kind}, API request failed with {words}"
        )
    words = f"[models] Error: API request failed with {words}"
    if plugin_error is None:
        return DifyError("completion_request_error", words)
    kind = plugin_error or _PLUGIN_CLASSES.get(error.status or 0, "InvokeServerUnavailableError")
    report = {"args": {"description": words}, "error_type": kind, "message": words}
    return DifyError("invalid_param", f"req_id: 0a1b2c3d4e PluginInvokeError: {json.dumps(report)}")


#: What the two worlds of model adapters call a provider's refusals.
_CLASSES = {400: "Bad Request Error", 401: "Incorrect model credentials provided", 429: "Rate Limit Error"}
_PLUGIN_CLASSES = {
    400: "InvokeBadRequestError",
    401: "InvokeAuthorizationError",
    429: "InvokeRateLimitError",
}


def invalid_field(
    payload: str, field: str, problem: Problem, body: Mapping[str, Any], version: Version
) -> RejectedError:
    """A field cannot be used.

    0.x names it in `params`, in place of a status; 1.x has the validator's report, which quotes the input.
    """
    if version < V1_12:
        said = problem.old.replace("{given}", str(body.get(field)))
        document = {"code": "invalid_param", "message": said, "params": field}
        return RejectedError(JSONResponse(document, status_code=400))
    given = repr(body.get(field, dict(body)))[:60]
    return rejected(
        "invalid_param",
        f"1 validation error for {payload}\n{field}\n  {problem.new} "
        f"[type=value_error, input_value={given}, input_type={type(body.get(field)).__name__}]\n"
        "    For further information visit https://errors.pydantic.dev/2.11/v/value_error",
    )


class DifyManners:
    """See `Manners`."""

    def has_key(self, request: Request, api_key: str) -> bool:
        """A bearer token."""
        return bearer(request, api_key)

    def no_key(self, request: Request, body: Mapping[str, Any]) -> Response:  # noqa: ARG002
        """401."""
        return rejected("unauthorized").response

    def bad_json(self) -> Response:
        """400, with what the web framework says."""
        return rejected("bad_request", "Failed to decode JSON object: Expecting value").response

    def not_there(self, request: Request, body: Mapping[str, Any]) -> Response:  # noqa: ARG002 - a path is wrong
        """A page: the path is wrong, mostly because `/v1` is missing."""
        return NOT_FOUND_PAGE

    def broken(self, status: int) -> Response:
        """The envelope with the status."""
        return rejected("internal_server_error", status=status).response

    def gist(self, request: Request, body: Mapping[str, Any]) -> tuple[str | None, str | None]:  # noqa: ARG002
        """`conversation_id`, and `query` or the variable that stands for it."""
        inputs = body.get("inputs")
        question = body.get("query", inputs.get(QUESTION_VARIABLE) if isinstance(inputs, dict) else None)
        conversation = body.get("conversation_id")
        return (
            conversation if isinstance(conversation, str) and conversation else None,
            question if isinstance(question, str) else None,
        )


NOT_FOUND_PAGE = HTMLResponse(
    "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n"
    "<p>The requested URL was not found on the server.</p>\n",
    status_code=404,
)
