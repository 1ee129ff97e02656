"""What the stages of one question share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import msgspec

from rag_on_dingtalk.backends.base import Backend
from rag_on_dingtalk.delivery.channels import Channels
from rag_on_dingtalk.delivery.media_uploader import MediaUploader
from rag_on_dingtalk.dingtalk.directory.department_names import DepartmentNames
from rag_on_dingtalk.dingtalk.directory.people import People
from rag_on_dingtalk.dingtalk.directory.person_names import Directory
from rag_on_dingtalk.dingtalk.outbound.media import Media
from rag_on_dingtalk.knowledge.skills.calling import ApiCaller
from rag_on_dingtalk.knowledge.skills.matching import Ready
from rag_on_dingtalk.net.fetching import Fetcher
from rag_on_dingtalk.resilience.byte_budget import ByteBudget
from rag_on_dingtalk.safety.safety import Safety
from rag_on_dingtalk.settings.bot import Bot
from rag_on_dingtalk.settings.sections.backends import BackendSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.access.control import AccessControl, Judged
    from rag_on_dingtalk.access.limits.places import Places
    from rag_on_dingtalk.access.limits.turn_limits import TurnLimits
    from rag_on_dingtalk.conversations.bursts import Bursts
    from rag_on_dingtalk.conversations.queue import ConversationQueues
    from rag_on_dingtalk.conversations.session_memory import SessionMemory
    from rag_on_dingtalk.conversations.ticket import QueueTicket
    from rag_on_dingtalk.delivery.answer_card import AnswerCard
    from rag_on_dingtalk.delivery.reply_sender import ReplySender
    from rag_on_dingtalk.knowledge.answer_cache import AnswerCache, Flight
    from rag_on_dingtalk.knowledge.store import SkillStore
    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.pipeline.reply import Reply
    from rag_on_dingtalk.pipeline.wording.quoted_turn import QuotedTurns
    from rag_on_dingtalk.storage.conversations.sessions import Session
    from rag_on_dingtalk.storage.turns.outcome import Outcome
    from rag_on_dingtalk.texts import Texts


class KnowledgeBase(msgspec.Struct, frozen=True):
    """One of a bot's backends, ready to be asked.

    uploader: brings its answers' pictures and files to DingTalk.
    """

    settings: BackendSettings
    backend: Backend
    uploader: MediaUploader


class BotRuntime(msgspec.Struct, frozen=True):
    """One bot, ready to work: its settings, its backend and its ways to reach people.

    downloads: fetches what people sent; uploader: brings an answer's pictures and files to DingTalk.
    in_flight: bounds the bytes of both that the whole process holds.
    safety: looks through questions and answers; None: nothing is looked for.
    directory: tells the names of people who are mentioned; None: their ids stay.
    people: tells people's departments and roles; None: they cannot be had.
    departments: tells the names of departments; None: their ids stay.
    others: the backends beside the first, by name.
    skills: those of its files; apis: makes their calls.
    """

    settings: Bot
    backend: Backend
    channels: Channels
    media: Media
    downloads: Fetcher
    uploader: MediaUploader
    in_flight: ByteBudget
    directory: Directory | None = None
    safety: Safety | None = None
    people: People | None = None
    departments: DepartmentNames | None = None
    others: dict[str, KnowledgeBase] = msgspec.field(default_factory=dict)
    skills: tuple[Ready, ...] = ()
    apis: ApiCaller | None = None

    def knowledge(self, name: str) -> KnowledgeBase:
        """The backend of that name; the first one for an empty name, or one that is gone."""
        if name in self.others:
            return self.others[name]
        return KnowledgeBase(self.settings.main_backend, self.backend, self.uploader)


class Recorder(Protocol):
    """The record of the turn, as far as stages and delivery may touch it."""

    outcome: Outcome

    @property
    def blind(self) -> bool:
        """The claim is recorded nowhere."""
        ...

    @property
    def owner(self) -> str:
        """Under which name the turn is claimed."""
        ...

    def note(self, **changes: object) -> None:
        """Change the outcome in memory; the next write takes it along."""
        ...

    def ask(self, question: Question) -> None:
        """Change the question in memory; the next write takes it along."""
        ...

    async def commit(self) -> None:
        """Return when Tablestore has confirmed the outcome.

        Raises:
            LostClaimError: another invocation has the turn.
        """
        ...


class StageTimes(msgspec.Struct, frozen=True):
    """The times of one invocation, in milliseconds since the epoch.

    closing_ms: when the answer that has arrived by then must be delivered.
    ends_ms: when nothing of the invocation is left for certain.
    """

    started_ms: int
    closing_ms: int
    ends_ms: int = 0


@dataclass
class TurnContext:
    """One question on its way through the stages.

    question: preprocessing fills in what it quotes.
    record: what has come of the turn; ticket: its position in the conversation's queue.
    card: the question's card; sender: every other way to the person.
    access: decides who may ask what; judged: what it has decided, None before that.
    frames_spent: card frames sent while the question waited; they count against the pace.
    cache: answers that may be given again; flight: others wait for the answer of this question.
    at_once: the reply that a card is to be created with.
    session: as it is now that the question's turn has come, if a stage had to read it.
    turned: another tier was asked because a backend failed.
    limits: what the question is counted in; None: the bot has no limits. places: those its answer takes.
    skills: answers written by people, and where each person is in a skill; None: there are none.
    clock: milliseconds since the epoch.
    first: no earlier invocation can have decided on the question, and what this one decides is recorded.
    """

    question: Question
    bot: BotRuntime
    texts: Texts
    record: Recorder
    ticket: QueueTicket
    queues: ConversationQueues
    quoted: QuotedTurns
    bursts: Bursts
    memory: SessionMemory
    card: AnswerCard
    sender: ReplySender
    access: AccessControl
    cache: AnswerCache
    times: StageTimes
    clock: Callable[[], int]
    log: LogLine
    frames_spent: int = field(default=0)
    limits: TurnLimits | None = None
    places: Places | None = None
    skills: SkillStore | None = None
    judged: Judged | None = field(default=None)
    first: bool = True
    flight: Flight | None = field(default=None)
    at_once: Reply | None = field(default=None)
    session: Session | None = field(default=None)
    turned: bool = field(default=False)

    @property
    def knowledge(self) -> KnowledgeBase:
        """The backend that answers, by the route that was decided."""
        return self.bot.knowledge("" if self.judged is None else self.judged.decision.use)

    @property
    def remembered_for(self) -> str:
        """Under which name the session keeps what this backend remembers; empty for a bot's only one."""
        if not self.settings.backends or self.judged is None:
            return ""
        return self.judged.decision.use

    @property
    def arm(self) -> str:
        """The arms of the bot's experiments that the question is in; empty: none, or not decided yet."""
        return "" if self.judged is None else self.judged.decision.arm

    @property
    def settings(self) -> Bot:
        """The bot's part of bots.yaml."""
        return self.bot.settings

    def fact(self, **facts: str | int) -> None:
        """Note what was decided, by the names of `observability/events.py`; never a word of a person."""
        self.record.note(facts={**self.record.outcome.facts, **facts})

    async def lead_no_more(self) -> None:
        """Let those who wait for the answer of this question ask themselves."""
        if self.flight is not None:
            await self.flight.leave()

    def since_start(self) -> int:
        """Milliseconds since the invocation began."""
        return self.clock() - self.times.started_ms
