"""The simulated bot, as bots.yaml would describe it, and what a person may decide about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devserver.simulation.arm_books import EXPERIMENT, ROUTES
from devserver.simulation.services.dingtalk import VARIABLE
from rag_on_dingtalk.settings.bot import Bot
from rag_on_dingtalk.settings.sections.access import AccessRule, QuestionWords, Route, Subjects, When
from rag_on_dingtalk.settings.sections.answer_cache import AnswerCache
from rag_on_dingtalk.settings.sections.backends import AnythingLLM
from rag_on_dingtalk.settings.sections.dingtalk import Budget, CardTemplate, DingTalkApp
from rag_on_dingtalk.settings.sections.knowledge import SkillSettings
from rag_on_dingtalk.storage.tables import EXPERIMENTS

if TYPE_CHECKING:
    from devserver.simulation.plan.draw import Plan
    from devserver.simulation.services.tablestore import Tables
    from rag_on_dingtalk.storage.rows.client import Columns

BOT = "handbook"


def bot_of(plan: Plan) -> Bot:
    """The simulated bot."""
    backend = AnythingLLM(base_url="https://kb.invalid", api_key="env:KEY", workspace="kb")
    more: dict[str, Any] = {"backend": backend}
    if plan.experiment:
        more = {"backends": {"stable": backend, "next": backend}, "routes": ROUTES}
    if plan.cache:
        more = {
            "backends": {"kb": backend, "more": backend},
            "routes": (
                Route(name="more", use="more", when=When(question=QuestionWords(words=("绝密",)))),
                Route(name="everyone", use="kb"),
            ),
            "access": (AccessRule(allow=Subjects(users=tuple(sorted(plan.privileged))), routes=("more",)),)
            if plan.privileged
            else (),
            "answer_cache": AnswerCache(),
        }
    return Bot(
        dingtalk=DingTalkApp(
            client_id="app",
            client_secret="env:SECRET",
            card=CardTemplate(id="template.schema", variable=VARIABLE) if plan.cards else None,
            budget=Budget(monthly_calls=5_000 if plan.counted else None, calls_per_second=plan.per_second),
        ),
        streaming=plan.streaming,
        limits=plan.limits,
        skills=SkillSettings(files=("skills/sim.yaml",), curated=True) if plan.skills else SkillSettings(),
        **more,
    )


def decide_experiment(tables: Tables, bot: str, state: str, *, now_ms: int) -> None:
    """Let the experiment stand so, as a person's command would."""
    rows = tables.rows.setdefault(EXPERIMENTS.name, {})
    version = int(rows.get((bot, EXPERIMENT), {}).get("version", 0))
    decided: Columns = {"state": state, "by": "ops01", "at_ms": now_ms, "version": version + 1}
    rows[bot, EXPERIMENT] = decided
