"""What is posted to the console's API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import msgspec

if TYPE_CHECKING:
    from starlette.requests import Request

#: DingTalk's own client stops a message at about this length.
MAX_CHARACTERS = 5_000
#: Pictures in one message, as many as DingTalk's client lets one choose at once; `static/attachments.js` too.
MOST_ATTACHMENTS = 9
#: DingTalk's client hands on more at once; a page shows fewer.
MOST_FORWARDED = 50
#: All attachments of one message together, in bytes; `static/attachments.js` tells it first.
MAX_ATTACHED = 20_000_000
#: They are posted as base64, which makes four characters of three bytes; the rest is room for the words.
MAX_BODY = MAX_ATTACHED * 4 // 3 + 200_000


class RefusedError(Exception):
    """A request that cannot be served; the message is a sentence for the caller."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class Attachment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A picture or file to send; which of them, its first bytes tell.

    data: base64 in the JSON.
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
    data: bytes


class Say(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something a person says to a bot.

    conversation: a conversation's id; else group: a group's title; neither means their private chat.
    times: how often DingTalk delivers it.
    attachments: pictures, or one file without words.
    quote: the id of a message or card in this conversation that it replies to.
    forward: ids of messages and cards that it hands on as one record; `text` is then the record's title.
    to_bot: False: said in the group without mentioning the bot, which hears it all the same.
    """

    person: str
    bot: str
    text: Annotated[str, msgspec.Meta(max_length=MAX_CHARACTERS)]
    conversation: str = ""
    group: str = ""
    times: Annotated[int, msgspec.Meta(ge=1, le=5)] = 1
    attachments: Annotated[tuple[Attachment, ...], msgspec.Meta(max_length=MOST_ATTACHMENTS)] = ()
    quote: str = ""
    forward: Annotated[tuple[str, ...], msgspec.Meta(max_length=MOST_FORWARDED)] = ()
    to_bot: bool = True


class Click(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A click on a card's button.

    card: its `outTrackId`.
    words: the reason of a dislike, the suggested question, or for how many hours access is given.
    """

    person: str
    card: str
    action: Literal["like", "dislike", "stop", "retry", "ask", "request", "approve", "reject", "deeper"]
    words: Annotated[str, msgspec.Meta(max_length=MAX_CHARACTERS)] = ""


class SwitchFault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fault to switch; see `FaultBoard.switch_on`."""

    name: str
    on: bool
    probability: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1.0
    count: Annotated[int, msgspec.Meta(ge=1)] | None = None
    value: str = ""


Body = TypeVar("Body", Say, Click, SwitchFault)


async def received(request: Request) -> bytes:
    """The body, up to a size that the page never reaches.

    Raises:
        RefusedError: it is larger.
    """
    raw = bytearray()
    async for piece in request.stream():
        raw += piece
        if len(raw) > MAX_BODY:
            raise RefusedError(413, f"Attachments may have {MAX_ATTACHED // 1_000_000} MB in all. Send less.")
    return bytes(raw)


def read_body(raw: bytes, kind: type[Body]) -> Body:
    """The posted JSON.

    Raises:
        RefusedError: it is not JSON, or not of this shape.
    """
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        raise RefusedError(400, f"The JSON does not fit: {error}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RefusedError(400, f"The body is not JSON: {error}.") from error
