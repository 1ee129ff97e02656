"""TextModerationPlus of Alibaba Cloud Content Moderation: what is sent and what comes back. Pure.

Sources: help.aliyun.com documents 2671445 (the call, its services and limits) and 2642626 (a stream: pieces
with one `sessionId`); `alibabacloud_green20220302` 3.6.9 for the fields of the answer. The signature is
`acs3`'s, which `tests/contract/cloud` compares with the official client's for this call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal
from urllib.parse import urlencode, urlsplit

import msgspec

from rag_on_dingtalk.cloud.acs3 import Credentials, signed_headers
from rag_on_dingtalk.errors import ModerationError

if TYPE_CHECKING:
    from collections.abc import Mapping

_ACTION, _VERSION = "TextModerationPlus", "2022-03-02"
_FORM = "application/x-www-form-urlencoded"
_OK = 200

#: Characters of one call: of a question, and of an answer.
MOST_OF_A_QUESTION, MOST_OF_AN_ANSWER = 2_000, 5_000

Risk = Literal["none", "low", "medium", "high"]
#: The mildest first.
RISKS: tuple[Risk, ...] = ("none", "low", "medium", "high")


class SignedCall(msgspec.Struct, frozen=True):
    """A POST that is ready to be sent."""

    url: str
    headers: dict[str, str]
    body: bytes


class Judgement(msgspec.Struct, frozen=True):
    """What the service thinks of a text.

    risk: the worse of its content and of an attack on the model.
    labels: the service's own, for example `violent_weapons`.
    answer: what to say instead, where the console has a safe answer for the label; else empty.
    """

    risk: Risk
    labels: tuple[str, ...] = ()
    answer: str = ""


class _Label(msgspec.Struct, rename="pascal"):
    label: str = ""
    answer: str = ""


class _Data(msgspec.Struct, rename="pascal"):
    risk_level: str | None = None
    attack_level: str | None = None
    result: list[_Label] | None = None
    attack_result: list[_Label] | None = None
    advice: list[_Label] | None = None


class _Answer(msgspec.Struct, rename="pascal"):
    code: int | str = 0
    message: str | None = None
    data: _Data | None = None


def moderation_call(
    *,
    endpoint: str,
    service: str,
    text: str,
    session: str,
    credentials: Credentials,
    now: float,
    nonce: str,
) -> SignedCall:
    """The request.

    endpoint: scheme and host. session: of a stream, the same for each of its pieces; empty: the text
        is whole.
    now: seconds since the epoch.
    """
    parameters: Mapping[str, str] = {"content": text, **({"sessionId": session} if session else {})}
    content = msgspec.json.encode(parameters).decode()
    body = urlencode({"Service": service, "ServiceParameters": content}).encode()
    headers = signed_headers(
        method="POST",
        host=urlsplit(endpoint).netloc,
        path="/",
        query={},
        action=_ACTION,
        version=_VERSION,
        headers={"content-type": _FORM, "user-agent": "rag-on-dingtalk"},
        body=body,
        credentials=credentials,
        now=now,
        nonce=nonce,
    )
    return SignedCall(f"{endpoint.rstrip('/')}/", headers, body)


def read_judgement(status: int, body: bytes) -> Judgement:
    """The answer; one that says 200 over HTTP may still say otherwise inside.

    Raises:
        ModerationError: the text was not judged.
    """
    try:
        answer = msgspec.json.decode(body, type=_Answer)
    except (msgspec.DecodeError, UnicodeDecodeError):
        # From None: the body may quote the text.
        raise ModerationError(f"http_{status}", "It did not answer as documented.") from None
    if status != _OK or str(answer.code) != str(_OK):
        raise ModerationError(str(answer.code or f"http_{status}"), _advice(status, str(answer.code)))
    data = answer.data
    if data is None or data.risk_level not in RISKS:
        raise ModerationError("no_risk_level", "It did not answer as documented.")
    risk = RISKS[max(_rank(data.risk_level), _rank(data.attack_level))]
    found = [*(data.result or ()), *(data.attack_result or ())]
    labels = tuple(one.label for one in found if one.label and one.label not in _NO_LABELS)
    return Judgement(risk, labels, next((one.answer for one in data.advice or () if one.answer), ""))


#: What the service calls a text in which it found nothing.
_NO_LABELS = frozenset(("nonLabel", "safe"))


def _rank(level: str | None) -> int:
    known = [str(risk) for risk in RISKS]
    return known.index(level) if level in known else 0


def _advice(status: int, code: str) -> str:
    if status in (401, 403) or code.startswith(("401", "403", "Forbidden", "NoPermission")):
        return "Give the function's role the policy AliyunYundunGreenWebFullAccess, and open the service."
    return "Look at Content Moderation in Alibaba Cloud's console."
