"""A bot with a canary, and people who ask it: what the tests of canaries share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.access.canary.arms import drawn
from rag_on_dingtalk.backends.base import Text
from rag_on_dingtalk.settings.sections.access import RoleHolders, Route, When
from rag_on_dingtalk.settings.sections.operations import OperationsSettings
from rag_on_dingtalk.storage.shared.experiments import ExperimentRow, Experiments
from tests.builders import a_bot
from tests.in_process import MemoryRows, ScriptedBackend, Worker
from tests.unit.access.world import APP, BACKEND, asked

if TYPE_CHECKING:
    from rag_on_dingtalk.models.experiments import ExperimentStatus
    from rag_on_dingtalk.settings.bot import Bot
    from tests.in_process import Seen


NEW = "new-handbook"
OWNER, OPERATOR, AUDITOR = "boss01", "ops01", "audit01"
PEOPLE = [f"user{number:04d}" for number in range(400)]
CANARY = [user for user in PEOPLE if drawn("handbook", NEW, user) < 20]
STABLE = [user for user in PEOPLE if drawn("handbook", NEW, user) >= 20]


def canary_bot(**more: Any) -> Bot:
    fields: dict[str, Any] = {
        "dingtalk": APP,
        "backend": None,
        "backends": {"general": BACKEND, "next": BACKEND},
        "routes": (
            Route(name=NEW, use="next", when=When(percent=20)),
            Route(name="everyone", use="general"),
        ),
        "roles": RoleHolders(owner=(OWNER,), operator=(OPERATOR,), auditor=(AUDITOR,)),
        "operations": OperationsSettings(operators=(OPERATOR,)),
        **more,
    }
    return a_bot(**fields)


def canary_worker(rows: MemoryRows | None = None, bot: Bot | None = None) -> Worker:
    worker = Worker(bot or canary_bot(), rows=rows)
    worker.backend.parts = [Text("稳定的回答。")]
    worker.others["next"] = ScriptedBackend([Text("灰度的回答。")])
    return worker


class Askers:
    """Asks as one person after another, each question a turn of its own."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.number = 0

    async def ask(self, user: str, text: str = "年假有几天？", **more: Any) -> Seen:
        self.number += 1
        return await self.worker.answer(self.question(user, text), **more)

    def question(self, user: str, text: str = "年假有几天？", number: int = 0) -> Any:
        return asked(user, text, f"t{number or self.number:031x}", asked_ms=self.worker.now_ms)

    async def command(self, user: str, text: str) -> str:
        await self.ask(user, text)
        return self.worker.dingtalk.messages[-1]


def store(worker: Worker) -> Experiments:
    return Experiments(worker.rows)  # type: ignore[arg-type]  # the same methods over a dictionary


async def state_of(worker: Worker) -> ExperimentStatus:
    return (await store(worker).of("handbook")).get(NEW, ExperimentRow()).status


def acts(worker: Worker) -> list[tuple[str, str, str, str]]:
    rows = worker.rows.tables.get("audit", {})
    return [
        (str(row["act"]), str(row["who"]), str(row["what"]), str(row["result"]))
        for key, row in sorted(rows.items())
        if "act" in row and str(row["act"]).startswith("canary")
    ]


def later(worker: Worker) -> Askers:
    people = Askers(worker)
    people.number = 100
    return people
