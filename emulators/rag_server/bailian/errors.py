"""Bailian's errors: `{"code", "message", "request_id"}`, as a response or as an event of a stream."""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from emulators.rag_server.http.router import RejectedError, bearer
from emulators.rag_server.retrieval.tokens import well_formed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from emulators.rag_server.answering.answerers import ProviderError

#: code → status and message.
KNOWN = {
    "InvalidApiKey": (401, "Invalid API-key provided."),
    "AccessDenied": (403, "Access denied."),
    "App.AccessDenied": (403, "App access denied."),
    "ModelNotFound": (404, "Model can not be found."),
    "NotFound": (404, "Not found."),
    "InvalidParameter": (
        400,
        "Required parameter(s) missing or invalid, please check the request parameters.",
    ),
    "Arrearage": (400, "Access denied, please make sure your account is in good standing."),
    "DataInspectionFailed": (400, "Input or output data may contain inappropriate content."),
    "Throttling": (429, "Requests throttling triggered."),
    "Throttling.RateQuota": (429, "Requests rate limit exceeded, please try again later."),
    "Throttling.AllocationQuota": (429, "Allocated quota exceeded, please increase your quota limit."),
    "InternalError": (
        500,
        "An internal error has occured, please try again later or contact service support.",
    ),
    "RequestTimeOut": (500, "Request timed out, please try again later."),
}


class BailianError(Exception):
    """Raised when there is no answer."""

    def __init__(self, code: str, message: str = "", status: int = 0) -> None:
        usual_status, usual = KNOWN.get(code, (400, code))
        super().__init__(message or usual)
        self.code = code
        self.status = status or usual_status

    @staticmethod
    def of_model(error: ProviderError) -> BailianError:
        """What a failing model is to the client."""
        limited = error.status == HTTPStatus.TOO_MANY_REQUESTS
        return BailianError("Throttling.RateQuota" if limited else "InternalError", error.reason)

    def body(self, request_id: str = "") -> dict[str, Any]:
        """The error as JSON."""
        return {"code": self.code, "message": str(self), "request_id": request_id or str(uuid.uuid4())}

    @property
    def response(self) -> Response:
        """The error with its status."""
        return JSONResponse(self.body(), status_code=self.status)

    @property
    def refusal(self) -> RejectedError:
        """The request is answered with it."""
        return RejectedError(self.response)


class BailianManners:
    """See `Manners`."""

    def has_key(self, request: Request, api_key: str) -> bool:
        """A bearer token."""
        return bearer(request, api_key)

    def no_key(self, request: Request, body: Mapping[str, Any]) -> Response:  # noqa: ARG002
        """401."""
        return BailianError("InvalidApiKey").response

    def bad_json(self) -> Response:
        """400."""
        return BailianError(
            "InvalidParameter", "Required body invalid, please check the request body format."
        ).response

    def not_there(self, request: Request, body: Mapping[str, Any]) -> Response:  # noqa: ARG002 - the path names it
        """The app is unknown; the code for it is not documented."""
        return BailianError("NotFound", f"App {request.path_params['app']} not found.").response

    def broken(self, status: int) -> Response:
        """The error with the status."""
        return BailianError("InternalError", status=status).response

    def gist(self, request: Request, body: Mapping[str, Any]) -> tuple[str | None, str | None]:  # noqa: ARG002
        """`session_id`, and `prompt` or the last message."""
        given = body.get("input")
        inputs = given if isinstance(given, dict) else {}
        session = inputs.get("session_id")
        return (session if isinstance(session, str) and session else None), question_of(inputs) or None


def question_of(inputs: Mapping[str, Any]) -> str:
    """What is asked: the last of `messages`, which win, or `prompt`."""
    messages = inputs.get("messages")
    if isinstance(messages, list) and messages:
        last = messages[-1]
        content = last.get("content") if isinstance(last, dict) else None
    else:
        content = inputs.get("prompt")
    return well_formed(content) if isinstance(content, str) else ""
