"""What can be seen after a run, in the chats and in Tablestore; the books are made from this."""

from __future__ import annotations

from dataclasses import dataclass

#: What a turn's status is when it will not change any more.
OVER = frozenset(("done", "failed"))


@dataclass(frozen=True)
class Asked:
    """One question.

    chat: the conversation's id. session: whose questions are one conversation to the backend.
    at: when it was said, in seconds since the epoch.
    taken: a delivery of it was accepted without a word.
    told_at_once: how often the push itself was answered with a sentence, or failed.
    finished: how many invocations say that they have answered it.
    lost_at: when an invocation was last told that another one had taken it over, as `at`; 0: none was.
    blind: how many invocations answered it without Tablestore.
    """

    number: int
    token: str
    turn_id: str
    chat: str
    session: str
    at: float
    taken: bool = True
    told_at_once: int = 0
    finished: int = 1
    lost_at: float = 0.0
    blind: int = 0


@dataclass(frozen=True)
class Creation:
    """The call that made a card with the whole answer on it.

    instance: which one of the functions' sent it.
    at: when it arrived, in seconds since the epoch.
    heard: the answer to it left; its connection was not dropped.
    """

    instance: str
    at: float
    heard: bool = True


@dataclass(frozen=True)
class ShownCard:
    """A card that stands in a chat.

    closed_at: when it was finished, in seconds since the epoch; None: it still looks as if being written.
    whole: its creation, where that brought the whole answer.
    """

    turn_id: str
    text: str
    closed_at: float | None
    whole: Creation | None = None


@dataclass(frozen=True)
class ShownMessage:
    """A message of a robot that is not part of a push's answer.

    at: seconds since the epoch.
    """

    chat: str
    text: str
    at: float


@dataclass(frozen=True)
class StoredTurn:
    """A row of `turns`.

    parts: the reply as it was to be sent.
    """

    turn_id: str
    status: str
    parts: tuple[str, ...]

    @property
    def over(self) -> bool:
        """No attempt will touch it any more."""
        return self.status in OVER


@dataclass(frozen=True)
class Broken:
    """A rule of DingTalk's that a call did not keep."""

    turn_id: str
    rule: str


@dataclass(frozen=True)
class SentFrame:
    """A change of a card that DingTalk took, or took perhaps.

    instance: which one of the functions' sent it.
    at: when it arrived, in seconds since the epoch.
    """

    turn_id: str
    instance: str
    at: float


@dataclass(frozen=True)
class Worked:
    """An invocation on an instance.

    turn_id: of the question it was given; empty when it may work on any, as housekeeping does.
    began, ended: seconds since the epoch.
    killed: it did not live to its end.
    stood_still: from when to when its process was stopped, as far as that was while it ran.
    """

    turn_id: str
    instance: str
    began: float
    ended: float
    killed: bool = False
    stood_still: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Evidence:
    """A whole run.

    unseen: turns whose card DingTalk made but delivered nowhere.
    running: what had not come to an end when the patience did, in words.
    """

    asked: tuple[Asked, ...]
    cards: tuple[ShownCard, ...] = ()
    messages: tuple[ShownMessage, ...] = ()
    turns: tuple[StoredTurn, ...] = ()
    broken: tuple[Broken, ...] = ()
    unseen: frozenset[str] = frozenset()
    running: tuple[str, ...] = ()
    frames: tuple[SentFrame, ...] = ()
    work: tuple[Worked, ...] = ()
