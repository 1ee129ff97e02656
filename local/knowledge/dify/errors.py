"""Dify's errors: `{"code", "message", "status"}`, in a response of their own or as an event of a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, JSONResponse, Response

from local.knowledge.door import RejectedError, bearer

from .apps import QUESTION_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from starlette.requests import Request

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
    "too_many_requests": (429, _CROWD),
    "rate_limit_error": (429, "Sorry, you have reached the rate limit of your subscription plan."),
    "internal_server_error": (500, "The server encountered an internal error."),
}


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


def crowded(status: int) -> RejectedError:
    """The limit of concurrent requests: a 429 on 0.6.16, a 400 `invalid_param` on 0.15.3 and 1.12.1."""
    return rejected(
        "too_many_requests" if status == KNOWN["too_many_requests"][0] else "invalid_param", _CROWD
    )


def invalid_field(payload: str, field: str, problem: str, body: Mapping[str, Any]) -> RejectedError:
    """What 1.x says of a field: the validator's report, which quotes the input."""
    given = repr(body.get(field, dict(body)))[:60]
    return rejected(
        "invalid_param",
        f"1 validation error for {payload}\n{field}\n  {problem} "
        f"[type=value_error, input_value={given}, input_type={type(body.get(field)).__name__}]\n"
        "    For further information visit https://errors.pydantic.dev/2.11/v/value_error",
    )


class DifyManners:
    """See `Manners`."""

    def has_key(self, request: Request, api_key: str) -> bool:
        """A bearer token."""
        return bearer(request, api_key)

    def no_key(self) -> Response:
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
