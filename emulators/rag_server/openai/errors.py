"""Errors of OpenAI-compatible servers, in the shapes that are out there."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from emulators.rag_server.http.router import RejectedError, bearer
from emulators.rag_server.openai.faults import ERROR_SHAPE
from emulators.rag_server.retrieval.tokens import well_formed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from emulators.faults import FaultBoard
    from emulators.rag_server.answering.answerers import ProviderError
    from emulators.rag_server.openai.versions import Server

_INVALID = "invalid_request_error"


class Known(NamedTuple):
    """An error that is out there. kind: its `type`; empty: its code."""

    status: int
    message: str
    kind: str = ""


#: By code; the last ones are DashScope's and One-API's.
KNOWN = {
    "invalid_request": Known(400, "The request is invalid.", _INVALID),
    "context_length_exceeded": Known(400, "This model's maximum context length is 8192 tokens.", _INVALID),
    "content_filter": Known(400, "The response was filtered.", _INVALID),
    "invalid_api_key": Known(401, "Incorrect API key provided.", _INVALID),
    "insufficient_balance": Known(402, "Insufficient Balance", "unknown_error"),
    "access_denied": Known(403, "Access denied."),
    "model_not_found": Known(404, "The model does not exist or you do not have access to it.", _INVALID),
    "rate_limit_exceeded": Known(429, "Rate limit reached for requests. Please try again later.", "requests"),
    "insufficient_quota": Known(
        429, "You exceeded your current quota, please check your plan and billing details."
    ),
    "server_error": Known(500, "The server had an error while processing your request."),
    "overloaded": Known(503, "The server is overloaded.", "server_error"),
    "DataInspectionFailed": Known(
        400, "Input or output data may contain inappropriate content.", "data_inspection_failed"
    ),
    "Arrearage": Known(400, "Access denied, please make sure your account is in good standing."),
    "Throttling.RateQuota": Known(429, "Requests rate limit exceeded, please try again later."),
    "Throttling.AllocationQuota": Known(429, "Allocated quota exceeded."),
    "insufficient_user_quota": Known(
        403, "user quota is not enough (request id: 20260301090000000000)", "new_api_error"
    ),
    "do_request_failed": Known(500, "do request failed (request id: 20260301090000000000)", "one_api_error"),
    "no_channel": Known(503, "no available channel (request id: 20260301090000000000)", "new_api_error"),
    # Money used up, as others put it: Zhipu, SiliconFlow, Moonshot, DashScope, Volcengine, One-API.
    "1113": Known(429, "账户欠费，请充值后再试。"),
    "30001": Known(403, "Sorry, your account balance is insufficient"),
    "exceeded_current_quota_error": Known(
        429, "Your account is suspended, please check your plan and billing details"
    ),
    "AllocationQuota.FreeTierOnly": Known(403, "The free tier of the model is over."),
    "AccountOverdueError": Known(403, "The account has an overdue balance.", "Forbidden"),
    "pre_consume_token_quota_failed": Known(403, "token quota is not enough", "one_api_error"),
}

#: What a new-api gateway makes of an error: its status, code and words. What lies behind it shows through.
_GATEWAY = {
    "invalid_api_key": (401, "", "无效的令牌"),
    "model_not_found": (503, "model_not_found", "当前分组 default 下对于该模型无可用渠道"),
    "insufficient_quota": (403, "insufficient_user_quota", "用户额度不足, 剩余额度: ＄0.000000"),
    "rate_limit_exceeded": (429, "", "当前分组上游负载已饱和，请稍后再试"),
    "server_error": (
        500,
        "do_request_failed",
        'do request failed: Post "http://10.20.0.8:8000/v1/chat/completions": EOF',
    ),
}

_RETRY_AFTER_SECONDS = "1"


class OpenAIError(Exception):
    """Raised when there is no answer; told with a status, or in a stream that has begun."""

    def __init__(self, code: str, message: str = "", status: int = 0) -> None:
        usual = KNOWN.get(code, Known(400, code, _INVALID))
        super().__init__(message or usual.message)
        self.code = code
        self.kind = usual.kind or code
        self.status = status or usual.status

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

    @property
    def behind_gateway(self) -> OpenAIError:
        """The same as a new-api gateway passes it on."""
        if self.code not in _GATEWAY:
            return self
        status, code, words = _GATEWAY[self.code]
        return OpenAIError(code, words, status)

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
            case "one_api" | "new_api":
                message = f"{text} (request id: 20260301090000000000)"
                return {
                    "error": {"message": message, "type": f"{shape}_error", "param": "", "code": self.code}
                }
            case _:
                return self.body


class OpenAIManners:
    """See `Manners`; the server, or `knowledge.openai.error_shape`, decides which shape errors have."""

    def __init__(self, faults: FaultBoard, server: Server) -> None:
        self._faults = faults
        self._server = server

    def refusal(self, error: OpenAIError) -> RejectedError:
        """The error as the answer."""
        shape = self._shape()
        return RejectedError((error.behind_gateway if shape == "new_api" else error).response(shape))

    def event(self, error: OpenAIError) -> bytes:
        """The error within a stream."""
        shape = self._shape()
        told = error.behind_gateway if shape == "new_api" else error
        return f"data: {json.dumps(told.shaped(shape), ensure_ascii=False)}\n\n".encode()

    def has_key(self, request: Request, api_key: str) -> bool:
        """A bearer token."""
        return bearer(request, api_key)

    def no_key(self, request: Request, body: Mapping[str, Any]) -> Response:  # noqa: ARG002
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
        return self._server.error_shape if value is None else value or "text"


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
