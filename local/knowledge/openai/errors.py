"""Errors of OpenAI-compatible servers, in the shapes that are out there."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from local.knowledge.door import RejectedError, bearer
from local.knowledge.tokens import well_formed

from .faults import ERROR_SHAPE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from local.faults import FaultBoard
    from local.knowledge.answerers import ProviderError

#: code → status, type and message; the last ones are DashScope's and One-API's.
KNOWN = {
    "invalid_request": (400, "invalid_request_error", "The request is invalid."),
    "context_length_exceeded": (
        400,
        "invalid_request_error",
        "This model's maximum context length is 8192 tokens.",
    ),
    "content_filter": (400, "invalid_request_error", "The response was filtered."),
    "invalid_api_key": (401, "invalid_request_error", "Incorrect API key provided."),
    "insufficient_balance": (402, "unknown_error", "Insufficient Balance"),
    "access_denied": (403, "access_denied", "Access denied."),
    "model_not_found": (
        404,
        "invalid_request_error",
        "The model does not exist or you do not have access to it.",
    ),
    "rate_limit_exceeded": (429, "requests", "Rate limit reached for requests. Please try again later."),
    "insufficient_quota": (
        429,
        "insufficient_quota",
        "You exceeded your current quota, please check your plan and billing details.",
    ),
    "server_error": (500, "server_error", "The server had an error while processing your request."),
    "overloaded": (503, "server_error", "The server is overloaded."),
    "DataInspectionFailed": (
        400,
        "data_inspection_failed",
        "Input or output data may contain inappropriate content.",
    ),
    "Arrearage": (400, "Arrearage", "Access denied, please make sure your account is in good standing."),
    "Throttling.RateQuota": (
        429,
        "Throttling.RateQuota",
        "Requests rate limit exceeded, please try again later.",
    ),
    "Throttling.AllocationQuota": (429, "Throttling.AllocationQuota", "Allocated quota exceeded."),
    "insufficient_user_quota": (
        403,
        "new_api_error",
        "user quota is not enough (request id: 20260301090000000000)",
    ),
    "do_request_failed": (500, "one_api_error", "do request failed (request id: 20260301090000000000)"),
    "no_channel": (503, "new_api_error", "no available channel (request id: 20260301090000000000)"),
}

_RETRY_AFTER_SECONDS = "1"


class OpenAIError(Exception):
    """Raised when there is no answer; told with a status, or in a stream that has begun."""

    def __init__(self, code: str, message: str = "", status: int = 0) -> None:
        usual_status, kind, usual = KNOWN.get(code, (400, "invalid_request_error", code))
        super().__init__(message or usual)
        self.code = code
        self.kind = kind
        self.status = status or usual_status

    @staticmethod
    def of_model(error: ProviderError) -> OpenAIError:
        """What a failing model is to the client."""
        if error.status == HTTPStatus.TOO_MANY_REQUESTS:
            return OpenAIError("rate_limit_exceeded", error.reason)
        return OpenAIError("server_error", error.reason, error.status or 500)

    @property
    def body(self) -> dict[str, Any]:
        """The usual shape."""
        return {
            "error": {"message": str(self), "type": self.kind, "param": None, "code": self.code},
        }

    def response(self, shape: str) -> Response:
        """The answer with its status."""
        # A server that limits the rate says when to come back.
        headers = {"Retry-After": _RETRY_AFTER_SECONDS} if self.status == HTTPStatus.TOO_MANY_REQUESTS else {}
        text = str(self)
        match shape:
            case "plain":
                return PlainTextResponse(text, self.status, headers)
            case "html":
                page = f"<html><body><h1>{self.status}</h1><p>{text}</p></body></html>"
                return HTMLResponse(page, self.status, headers)
            case _:
                return JSONResponse(self.shaped(shape), self.status, headers)

    def shaped(self, shape: str) -> Mapping[str, Any]:
        """The JSON of one of the shapes."""
        text = str(self)
        match shape:
            case "text":
                return {"error": text}
            case "vllm":
                kind, code = self.kind, self.status
                return {"object": "error", "message": text, "type": kind, "param": None, "code": code}
            case "detail":
                return {"detail": text}
            case "flat":
                return {"message": text, "code": self.code}
            case "one_api":
                message = f"{text} (request id: 20260301090000000000)"
                return {
                    "error": {"message": message, "type": "one_api_error", "param": "", "code": self.code}
                }
            case _:
                return self.body


class OpenAIManners:
    """See `Manners`; which shape errors have is a matter of `knowledge.openai.error_shape`."""

    def __init__(self, faults: FaultBoard) -> None:
        self._faults = faults

    def refusal(self, error: OpenAIError) -> RejectedError:
        """The error as the answer."""
        return RejectedError(error.response(self._shape()))

    def event(self, error: OpenAIError) -> bytes:
        """The error within a stream."""
        return f"data: {json.dumps(error.shaped(self._shape()), ensure_ascii=False)}\n\n".encode()

    def has_key(self, request: Request, api_key: str) -> bool:
        """A bearer token."""
        return bearer(request, api_key)

    def no_key(self) -> Response:
        """401."""
        return self.refusal(OpenAIError("invalid_api_key")).response

    def bad_json(self) -> Response:
        """400."""
        problem = "We could not parse the JSON body of your request."
        return self.refusal(OpenAIError("invalid_request", problem)).response

    def not_there(self, request: Request, body: Mapping[str, Any]) -> Response:  # noqa: ARG002 - the body names it
        """The model is unknown."""
        return self.refusal(unknown_model(str(body.get("model")))).response

    def broken(self, status: int) -> Response:
        """The error with the status."""
        return self.refusal(OpenAIError("server_error", status=status)).response

    def gist(self, request: Request, body: Mapping[str, Any]) -> tuple[str | None, str | None]:  # noqa: ARG002
        """There is no session; the question is the last message."""
        return None, question_of(body)

    def _shape(self) -> str:
        value = self._faults.take(ERROR_SHAPE)
        return "openai" if value is None else value or "text"


def unknown_model(name: str) -> OpenAIError:
    """The model a request names does not exist."""
    return OpenAIError("model_not_found", f"The model `{well_formed(name)}` does not exist.")


def question_of(body: Mapping[str, Any]) -> str | None:
    """The text of the last message."""
    messages = body.get("messages")
    last = messages[-1] if isinstance(messages, list) and messages else None
    return (text_of(last.get("content")) or None) if isinstance(last, dict) else None


def text_of(content: object) -> str:
    """The text of a message's content, which is a string or a list of parts."""
    if isinstance(content, str):
        return well_formed(content)
    parts = content if isinstance(content, list) else []
    texts = [part.get("text") for part in parts if isinstance(part, dict) and part.get("type") == "text"]
    return "\n".join(well_formed(text) for text in texts if isinstance(text, str))
