"""What the queue carries: questions, clicks, events, notices, parts of a run, late cards. Pure."""

from __future__ import annotations

from typing import Literal

import msgspec

from rag_on_dingtalk.models.question import Question

Action = Literal["like", "dislike", "stop", "retry", "ask", "request", "approve", "reject", "deeper"]


class CardAction(msgspec.Struct, frozen=True, omit_defaults=True, tag="card_action", tag_field="job"):
    """A click on a card.

    turn_id: whose card it is (`outTrackId`).
    user_id: who clicked, a staff id.
    words: the reason of a dislike, the suggested question that is asked, or the hours that access is given.
    clicked_ms: milliseconds since the epoch.
    """

    bot: str
    turn_id: str
    action: Action
    user_id: str
    clicked_ms: int
    corp_id: str = ""
    words: str = ""


class OrganisationEvent(msgspec.Struct, frozen=True, omit_defaults=True, tag="event", tag_field="job"):
    """Something changed in the organisation or its chats.

    event_id: DingTalk's; the same one may come more than once.
    type: DingTalk's `EventType`, for example `user_leave_org`.
    occurred_ms: milliseconds since the epoch.
    """

    bot: str
    event_id: str
    type: str
    occurred_ms: int
    corp_id: str = ""
    user_ids: tuple[str, ...] = ()
    department_ids: tuple[str, ...] = ()
    conversation_id: str = ""
    message_key: str = ""


class Notice(msgspec.Struct, frozen=True, tag="notice", tag_field="job"):
    """Something only the bot's administrators can act on.

    kind: `push_quota`: DingTalk delivers no more messages this month.
    noticed_ms: milliseconds since the epoch.
    """

    bot: str
    kind: Literal["push_quota"]
    noticed_ms: int


class EvaluationSlice(msgspec.Struct, frozen=True, tag="evaluation", tag_field="job"):
    """A part of a run of golden questions, which one invocation asks; the questions are in Tablestore.

    run: which run. number: of the slice, counted from 0.
    """

    bot: str
    run: str
    number: int


class LateCard(msgspec.Struct, frozen=True, tag="late_card", tag_field="job"):
    """A card that DingTalk may have created after its question was answered by message, to be closed.

    turn_id: of the question (`outTrackId`).
    """

    bot: str
    turn_id: str


Job = Question | CardAction | OrganisationEvent | Notice | EvaluationSlice | LateCard
