"""What the codes of Coze and of Coze Studio mean; the HTTP status is mostly 200. Pure."""

from __future__ import annotations

from typing import Any

from rag_on_dingtalk.backends.transport.reply import object_of, text_of
from rag_on_dingtalk.backends.verdicts.failures import provider_failure, status_failure
from rag_on_dingtalk.errors import FailureKind

CODES: dict[str, FailureKind] = {
    "4000": FailureKind.BAD_INPUT,
    "4011": FailureKind.QUOTA,
    "4013": FailureKind.BUSY,
    # Not published to the channel "Agent as API".
    "4015": FailureKind.CONFIG_TARGET,
    # One running chat a conversation.
    "4016": FailureKind.BUSY,
    "4028": FailureKind.QUOTA,
    "4100": FailureKind.CONFIG_AUTH,
    "4101": FailureKind.CONFIG_AUTH,
    "4200": FailureKind.CONFIG_TARGET,
    "5000": FailureKind.UPSTREAM,
    "700012006": FailureKind.CONFIG_AUTH,
    "700012014": FailureKind.BLOCKED,
    "702082020": FailureKind.QUOTA,
    "702095072": FailureKind.QUOTA,
    "720701013": FailureKind.UPSTREAM,
    # Coze Studio.
    "103000000": FailureKind.BAD_INPUT,
    "103000001": FailureKind.CONFIG_AUTH,
    "103000002": FailureKind.CONVERSATION_GONE,
    "103100001": FailureKind.UPSTREAM,
    "103100002": FailureKind.CONFIG_TARGET,
    "103200004": FailureKind.CONFIG_TARGET,
}
#: Of a conversation that belongs to another bot or user, too.
_FOREIGN = "103000001"

#: What to look at, where the usual advice for the kind says less.
ADVICE = {
    "4015": 'Publish the bot to the channel "Agent as API", then check backend.bot_id.',
    "4016": "Wait for the other answer of this conversation, or stop it.",
    "4101": "Give the token the permissions chat, conversation and file upload for the bot's space.",
    "103100002": "Publish the agent there.",
}


def code_of(fields: dict[str, Any]) -> str:
    """The code of a reply, of an event or of a chat that failed; empty when all is well."""
    for one in (object_of(fields.get("error")), object_of(fields.get("last_error")), fields):
        code = str(one.get("code") or "")
        if code not in {"", "0"}:
            return code
    return ""


def words_of(fields: dict[str, Any]) -> str:
    """The words that go with it."""
    for one in (object_of(fields.get("error")), object_of(fields.get("last_error")), fields):
        if words := text_of(one, "msg", "message", "error_message"):
            return words
    return ""


def failure_kind(code: str, words: str, status: int, *, continues: bool) -> FailureKind:
    """The failure behind a code, its words and the HTTP status.

    continues: the question went on with a conversation.
    """
    if continues and (code == _FOREIGN or "conversation" in words.lower()) and code not in {"4016", "4000"}:
        return FailureKind.CONVERSATION_GONE
    if code in CODES and CODES[code] is not FailureKind.UPSTREAM:
        known = CODES[code]
        # A number alone does not make it the conversation's fault.
        return (
            FailureKind.CONFIG_TARGET if known is FailureKind.CONVERSATION_GONE and not continues else known
        )
    by_words = provider_failure(words)
    if by_words is not FailureKind.UPSTREAM or code in CODES:
        return by_words
    return _by_range(code) if code else status_failure(status)


def _by_range(code: str) -> FailureKind:
    """What the rest of the numbers mean, as far as they are sorted."""
    if code.startswith("7020"):
        return FailureKind.QUOTA
    if code.startswith("41"):
        return FailureKind.CONFIG_AUTH
    if code.startswith("4") and len(code) <= len("4000"):
        return FailureKind.BAD_INPUT
    return FailureKind.UPSTREAM
