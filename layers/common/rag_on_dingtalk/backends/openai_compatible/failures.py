"""What the errors of OpenAI-compatible servers mean; each server has its own shape."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.backends.transport.reply import object_of, objects, text_of
from rag_on_dingtalk.backends.verdicts.failures import provider_failure, status_failure
from rag_on_dingtalk.backends.verdicts.symptoms import MODEL_MISSING
from rag_on_dingtalk.errors import FailureKind

if TYPE_CHECKING:
    from rag_on_dingtalk.backends.transport.reply import Reply

_CODES = {
    "invalid_api_key": FailureKind.CONFIG_AUTH,
    "access_denied": FailureKind.CONFIG_AUTH,
    "model_not_found": FailureKind.CONFIG_TARGET,
    "ModelNotFound": FailureKind.CONFIG_TARGET,
    # RAGFlow: data (no such assistant or session), permission, authentication.
    "102": FailureKind.CONFIG_TARGET,
    "108": FailureKind.CONFIG_AUTH,
    "109": FailureKind.CONFIG_AUTH,
    # FastGPT, by number and by name; 510 to 514 are its HTTP statuses, too.
    "510": FailureKind.QUOTA,
    "511": FailureKind.CONFIG_TARGET,
    "513": FailureKind.FILE_REFUSED,
    "514": FailureKind.CONFIG_AUTH,
    "502000": FailureKind.CONFIG_TARGET,
    "502001": FailureKind.CONFIG_AUTH,
    "unAuthApiKey": FailureKind.CONFIG_AUTH,
    "unAuthorization": FailureKind.CONFIG_AUTH,
    "unAuthApp": FailureKind.CONFIG_AUTH,
    "unAuthModel": FailureKind.CONFIG_TARGET,
    "appUnExist": FailureKind.CONFIG_TARGET,
    "insufficientQuota": FailureKind.QUOTA,
    "aiPointsNotEnough": FailureKind.QUOTA,
}


#: The server does not know a field that the bot sends: a matter of settings, not of the question.
UNKNOWN_FIELD = re.compile(
    r"extra_forbidden|extra (?:inputs|fields) (?:are )?not permitted|unrecognized request argument"
    r"|un(?:known|supported|expected|recognized) (?:field|parameter|argument|keyword)",
    re.IGNORECASE,
)
FIELD_ADVICE = "Leave the field out that it names: set it to null under backend.extra."


def error_in(fields: dict[str, Any]) -> dict[str, Any] | None:
    """The error that an event or a document is: `{message, code, …}`; None when it is none."""
    error = fields.get("error")
    if isinstance(error, dict):
        return error
    if error:
        return {"message": str(error)}
    # vLLM's `{"object": "error", …}`, RAGFlow's `{"code": 102, …}`, FastGPT's `{"message": …}`.
    if "choices" in fields or fields.get("object", "error") != "error":
        return None
    return fields if fields.get("code") and text_of(fields, "message", "statusText", "detail") else None


def words_of(error: dict[str, Any]) -> str:
    """The error's words."""
    return text_of(error, "message", "detail", "statusText", "type")


def failure_kind(error: dict[str, Any], status: int) -> FailureKind:
    """The failure behind an error that came with this status."""
    code, name = str(error.get("code") or ""), text_of(error, "statusText")
    # A gateway's codes are words, too (`insufficient_user_quota`, `Throttling.RateQuota`, 429).
    said = (code, words_of(error), str(error.get("type") or ""), name)
    for words in said:
        if (kind := provider_failure(words)) is not FailureKind.UPSTREAM:
            return kind
    known = _CODES.get(code) or _CODES.get(name) or _CODES.get(str(status))
    if known:
        return known
    # A refusal only: inside of a stream these words are about the model behind the server.
    if status != HTTPStatus.OK and any(MODEL_MISSING.search(words) for words in said):
        return FailureKind.CONFIG_TARGET
    # RAGFlow and FastGPT repeat in the body what they do not say as HTTP status.
    within = int(code) if re.fullmatch(r"[45]\d\d", code) else status
    return status_failure(within)


def refuses_stream_options(reply: Reply) -> bool:
    """Whether a server refuses a question because of `stream_options`, which not all know."""
    refused = reply.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY)
    return refused and "stream_options" in (reply.words + str(reply.document))


def error_of(reply: Reply) -> dict[str, Any]:
    """The error that a refusal is, whatever its shape."""
    said = object_of(reply.document.get("error")) or error_in(reply.document)
    if not said and (problems := objects(reply.document.get("detail"))):
        # FastAPI's: each of them quotes what was sent, which is left out.
        return {**reply.document, "message": "; ".join(map(_problem, problems))}
    return said or {**reply.document, "message": reply.text("error", "message", "detail")}


def _problem(problem: dict[str, Any]) -> str:
    place = problem.get("loc")
    where = ".".join(map(str, place)) if isinstance(place, list) else ""
    return " ".join(filter(None, (where, text_of(problem, "type"), text_of(problem, "msg"))))
