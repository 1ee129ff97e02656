"""When a sender could not know whether its answer had reached the chat, so that it comes once more. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devserver.own_words import without_mention

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devserver.chaos.books.evidence import Asked, ShownCard, ShownMessage, Worked


def message_in_doubt(asked: Asked, messages: Sequence[ShownMessage], work: Sequence[Worked]) -> bool:
    """Whether one message came twice because its sender was killed or stopped before the record of it."""
    if len(messages) < 2:
        return False
    if len({without_mention(message.text) for message in messages}) > 1:
        return False
    first, second = messages[0].at, messages[1].at
    senders = [one for one in work if one.began <= first <= one.ended]
    # A killed one is not told anything: a sender that merely lost its claim is no excuse.
    killed = any(one.killed for one in senders) and asked.lost_at < first
    # An invocation that lives to the end says so: of two senders one has not.
    return (killed or _stopped(senders, first, second)) and asked.finished <= 1


def card_in_doubt(
    cards: Sequence[ShownCard], messages: Sequence[ShownMessage], work: Sequence[Worked]
) -> bool:
    """Whether a message followed a card that was created with the whole answer on it.

    The answer to the creation was lost, or its sender was killed or stopped before the record of it.
    """
    if len(cards) != 1 or not messages or (made := cards[0].whole) is None:
        return False
    senders = [one for one in work if one.instance == made.instance and one.began <= made.at <= one.ended]
    killed = any(one.killed for one in senders)
    return not made.heard or killed or _stopped(senders, made.at, messages[0].at)


def _stopped(senders: Sequence[Worked], first: float, second: float) -> bool:
    """It woke when the next owner had sent the answer again, and was told that its claim is lost."""
    return any(begun <= second and ended >= first for one in senders for begun, ended in one.stood_still)
