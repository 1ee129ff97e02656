"""What is posted to the console's API."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

import msgspec

#: DingTalk's own client stops a message at about this length.
MAX_CHARACTERS = 5_000


class RefusedError(Exception):
    """A request that cannot be served; the message is a sentence for whoever sent it."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class Say(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something a person says to a bot.

    conversation: a conversation's id; else group: a group's title; neither means their private chat.
    times: how often DingTalk delivers it.
    """

    person: str
    bot: str
    text: Annotated[str, msgspec.Meta(max_length=MAX_CHARACTERS)]
    conversation: str = ""
    group: str = ""
    times: Annotated[int, msgspec.Meta(ge=1, le=5)] = 1


class Click(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A click on a card's button.

    card: its `outTrackId`.
    words: the reason of a dislike, or the suggested question.
    """

    person: str
    card: str
    action: Literal["like", "dislike", "stop", "retry", "ask"]
    words: Annotated[str, msgspec.Meta(max_length=MAX_CHARACTERS)] = ""


class SwitchFault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fault to switch; see `FaultBoard.switch_on`."""

    name: str
    on: bool
    probability: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1.0
    count: Annotated[int, msgspec.Meta(ge=1)] | None = None
    value: str = ""


Body = TypeVar("Body", Say, Click, SwitchFault)


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
