"""One bot and all of them, as settings: an app of DingTalk, a backend, and its manners."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from rag_on_dingtalk.settings.bot_base import BotBase
from rag_on_dingtalk.settings.sections.access import (
    AccessRule,
    DirectorySettings,
    GrantSettings,
    Name,
    RoleHolders,
    Route,
)
from rag_on_dingtalk.settings.sections.answer_cache import AnswerCache
from rag_on_dingtalk.settings.sections.backends import BackendSettings
from rag_on_dingtalk.settings.sections.canary import CanarySettings
from rag_on_dingtalk.settings.sections.console import ConsoleSettings
from rag_on_dingtalk.settings.sections.files import FileSettings
from rag_on_dingtalk.settings.sections.knowledge import GapSettings, SkillSettings
from rag_on_dingtalk.settings.sections.limits import Limit
from rag_on_dingtalk.settings.sections.operations import OperationsSettings
from rag_on_dingtalk.settings.sections.safety import SafetySettings
from rag_on_dingtalk.settings.strict import Positive, Strict

#: What the only backend and the only route of a plain bot are called.
ONLY_BACKEND, ONLY_ROUTE = "backend", "everyone"

#: A button shows one line.
_Example = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class SessionSettings(Strict, frozen=True, kw_only=True):
    """What one conversation remembers.

    idle_minutes: after this long without a question the next one starts afresh.
    group: `person` keeps each asker's context apart, `shared` gives the group one.
    picture_minutes: in a private chat a picture or file without words goes with the next question, for this
        long; 0: it is asked about at once.
    merge_seconds: messages that one person sends within this time of one another become one question; 0: each
        is a question of its own. The first answer begins that much later.
    """

    idle_minutes: Positive = 120.0
    group: Literal["person", "shared"] = "person"
    picture_minutes: Annotated[float, msgspec.Meta(ge=0, le=60)] = 10.0
    merge_seconds: Annotated[float, msgspec.Meta(ge=0, le=10)] = 0.0


class SourceSettings(Strict, frozen=True, kw_only=True):
    """How sources are shown.

    link: where the originals can be read, for backends that name a document without a link; `{title}` stands
        for its name, percent-encoded. Empty: no link.
    """

    link: str = ""


class Bot(BotBase, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One bot: the name in `/robot/{bot}` is its key in `bots.yaml`.

    streaming: how often the card is overwritten while the answer grows: `live` once a second, `economical`
        six times at most, `final` only at the end.
    reasoning: whether a model's thoughts are shown, folded into one line, or kept back.
    notify_after_seconds: in a group the asker is mentioned when an answer on a card is finished later than
        this; 0: never.
    share_name: tells the backend the asker's name.
    examples: up to three questions that `/help` and an @ without words offer; buttons on a card that has
        them.
    limits: how much may be asked, and how many answers may be given at the same time.
    explain_dates: writes behind a date in the question's words what it is on the day of the question, for the
        backend only: `上周五（=2026-11-20）`.
    administrators: staff ids of those who are told when a quota runs out.
    answer_function: with `null` the bot is answered by the function that all bots share. One of its own has
        to be deployed, too: see the guide on limits.
    backends: several backends by name, in place of `backend`; `routes` says who asks which.
    routes: which questions go to which backend. A bot with one backend needs none.
    canary: for the routes that are experiments.
    access: rules on who may ask; without any, everyone may.
    roles: who runs the bot.
    grants: rights that end.
    directory: what is kept of DingTalk's directory, for rules on departments and roles.
    name_route: an answer says which route it came by.
    skills: what the bot answers without its backend.
    experts: staff ids by the names of routes; a person who got no answer can pass the question on to them.
    gaps: what is done about questions that the documents do not answer.
    explain_route: it says so with the reason, where more than the asker chose the route.
    answer_cache: gives an answer again to the same question of people with the same rights; `{}` switches it
        on.
    knowledge_epoch: any word; another one makes every cached answer an old one.
    texts: sentences of the bot in other words, by their name in `rag_on_dingtalk/texts/`.
    """

    backend: BackendSettings | None = None
    session: SessionSettings = SessionSettings()
    streaming: Literal["live", "economical", "final"] = "economical"
    reasoning: Literal["hidden", "folded", "shown"] = "hidden"
    sources: SourceSettings = SourceSettings()
    files: FileSettings = FileSettings()
    safety: SafetySettings = SafetySettings()
    notify_after_seconds: Annotated[float, msgspec.Meta(ge=0, le=3_600)] = 30.0
    share_name: bool = False
    examples: Annotated[tuple[_Example, ...], msgspec.Meta(max_length=3)] = ()
    limits: tuple[Limit, ...] = ()
    explain_dates: bool = False
    administrators: tuple[str, ...] = ()
    backends: dict[Name, BackendSettings] = msgspec.field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    canary: CanarySettings = CanarySettings()
    access: tuple[AccessRule, ...] = ()
    roles: RoleHolders = RoleHolders()
    grants: GrantSettings = GrantSettings()
    directory: DirectorySettings = DirectorySettings()
    name_route: bool = False
    explain_route: bool = False
    operations: OperationsSettings = OperationsSettings()
    skills: SkillSettings = SkillSettings()
    experts: dict[Name, tuple[str, ...]] = msgspec.field(default_factory=dict)
    gaps: GapSettings = GapSettings()
    answer_cache: AnswerCache | None = None
    knowledge_epoch: str = ""

    @property
    def all_backends(self) -> dict[str, BackendSettings]:
        """Every backend by its name; the only one of a plain bot is called `backend`."""
        return self.backends or ({} if self.backend is None else {ONLY_BACKEND: self.backend})

    @property
    def main_backend(self) -> BackendSettings:
        """The first one, which is the only one of a plain bot.

        Raises:
            KeyError: there is none; `settings.checks.bots.check` refuses such a bot.
        """
        for backend in self.all_backends.values():
            return backend
        raise KeyError("the bot has no backend")

    @property
    def all_routes(self) -> tuple[Route, ...]:
        """In the order written; a bot without routes has one for everybody."""
        return self.routes or (Route(name=ONLY_ROUTE, use=next(iter(self.all_backends))),)


class Bots(Strict, frozen=True, kw_only=True):
    """The whole of `bots.yaml`.

    console: None: there is no console.
    """

    bots: dict[str, Bot]
    console: ConsoleSettings | None = None
