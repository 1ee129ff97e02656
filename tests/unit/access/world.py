"""A bot with a finance route in the test's own process, and a directory that answers as it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.backends.base import Text
from rag_on_dingtalk.errors import DingTalkError
from rag_on_dingtalk.models.access import Profile, RoleHeld
from rag_on_dingtalk.models.jobs import CardAction, OrganisationEvent
from rag_on_dingtalk.models.question import Conversation, ConversationType, Sender
from rag_on_dingtalk.settings.sections.access import (
    AccessRule,
    QuestionWords,
    RoleHolders,
    Route,
    Subjects,
    When,
)
from rag_on_dingtalk.settings.sections.backends import AnythingLLM
from rag_on_dingtalk.settings.sections.dingtalk import CardCallback, CardTemplate, DingTalkApp
from tests.builders import NOW_MS, a_bot, a_question
from tests.in_process import ScriptedBackend, Worker

if TYPE_CHECKING:
    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.settings.bot import Bot

APP = DingTalkApp(
    client_id="ding1",
    client_secret="env:SECRET",
    corp_id="corp1",
    card=CardTemplate(id="template.schema", variable="content", buttons=True),
    card_callback=CardCallback(secret="env:CARD", route="handbook"),
)
BACKEND = AnythingLLM(base_url="https://kb.example", api_key="env:KEY", workspace="w")
OWNER, ASKER, MEMBER = "boss01", "user0001", "user0002"
INVOICE = "发票怎么报销？"


def finance_bot(**more: Any) -> Bot:
    """Invoices are for department 200 only; everything else is for everyone but those who are denied."""
    fields: dict[str, Any] = {
        "dingtalk": APP,
        "backend": None,
        "backends": {"general": BACKEND, "finance": BACKEND},
        "routes": (
            Route(name="finance", use="finance", when=When(question=QuestionWords(words=("发票",)))),
            Route(name="everyone", use="general"),
        ),
        "access": (
            AccessRule(name="out", deny=Subjects(users=("left01",)), quiet=True),
            AccessRule(name="finance-team", allow=Subjects(departments=(200,)), routes=("finance",)),
        ),
        "roles": RoleHolders(owner=(OWNER, "boss02"), auditor=("audit01",)),
        **more,
    }
    return a_bot(**fields)


class FakePeople:
    """A directory: by staff id; `away` refuses every call."""

    def __init__(self) -> None:
        self.chains: dict[str, tuple[tuple[int, ...], ...]] = {MEMBER: ((200, 1),)}
        self.roles: dict[str, tuple[RoleHeld, ...]] = {}
        self.gone: set[str] = set()
        self.away = False
        self.asked: list[str] = []
        self.departments: dict[int, str] = {}
        self.departments_asked: list[int] = []

    async def profile_of(self, staff_id: str, *, now_ms: int) -> Profile:
        self.asked.append(staff_id)
        if self.away:
            raise DingTalkError("unreachable", "the directory is away")
        if staff_id in self.gone:
            return Profile(found=False, fetched_ms=now_ms)
        chains = self.chains.get(staff_id, ((100, 1),))
        return Profile(chains, self.roles.get(staff_id, ()), fetched_ms=now_ms)

    async def department_name(self, department: int) -> str:
        self.departments_asked.append(department)
        if department not in self.departments:
            raise DingTalkError("60003", "there is no such department")
        return self.departments[department]


def access_worker(bot: Bot | None = None, **more: Any) -> Worker:
    """A worker whose bot has backends `general` and `finance`; `worker.bases` answers for each."""
    worker = Worker(bot or finance_bot(), **more)
    worker.people = FakePeople()
    worker.backend.parts = [Text("一般的回答。")]
    worker.others["finance"] = ScriptedBackend([Text("财务的回答。")])
    return worker


def space_of(worker: Worker, turn_id: str) -> str:
    """Where a card was put."""
    bodies = [body for path, body in worker.dingtalk.bodies if path.endswith("/createAndDeliver")]
    return next(str(body["openSpaceId"]) for body in bodies if body["outTrackId"] == turn_id)


def offers_of(worker: Worker, turn_id: str) -> list[str]:
    """The further buttons that a card was given."""
    bodies = [body for path, body in worker.dingtalk.bodies if path == "/v1.0/card/instances"]
    written = [body["cardData"]["cardParamMap"] for body in bodies if body["outTrackId"] == turn_id]
    return [variables["offer"] for variables in written if "offer" in variables]


def asked(user: str = ASKER, text: str = INVOICE, turn_id: str = "t" + "1" * 31, **more: Any) -> Question:
    """A question of one person."""
    return a_question(turn_id, text, sender=Sender(f"enc-{user}", user, user), **more)


def in_group(cid: str = "cidA") -> Conversation:
    """A group."""
    return Conversation(cid, ConversationType.GROUP)


def click(turn_id: str, action: str, user: str, words: str = "", at_ms: int = NOW_MS) -> CardAction:
    """A click on a card."""
    return CardAction("handbook", turn_id, action, user, at_ms, "corp1", words)  # type: ignore[arg-type]


def an_event(
    type_: str, *users: str, event_id: str = "e1", departments: tuple[str, ...] = ()
) -> OrganisationEvent:
    """An event of the organisation."""
    return OrganisationEvent("handbook", event_id, type_, NOW_MS, "corp1", users, departments)
