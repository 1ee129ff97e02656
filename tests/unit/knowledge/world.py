"""Skills and a worker with them, for the tests of this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from rag_on_dingtalk.knowledge.skills.files import check_skills, skills_of
from rag_on_dingtalk.knowledge.skills.matching import ready
from rag_on_dingtalk.settings.sections.dingtalk import CardCallback, CardTemplate, DingTalkApp
from rag_on_dingtalk.settings.sections.knowledge import SkillSettings
from tests.builders import a_bot, a_question, a_webhook
from tests.in_process import Worker

if TYPE_CHECKING:
    from rag_on_dingtalk.knowledge.skills.skill import Skill
    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.settings.bot import Bot

PARKING: dict[str, Any] = {
    "id": "parking",
    "owner": "hr01",
    "triggers": {"questions": ["停车怎么收费"], "all": ["停车", "多少钱"]},
    "answer": "{nick}，员工停车每月 200 元。",
    "tests": [{"ask": "停车多少钱？", "says": "200"}, {"ask": "年假有几天？", "starts": False}],
}

APP = DingTalkApp(
    client_id="ding1",
    client_secret="env:SECRET",
    card=CardTemplate(id="template.schema", variable="content", buttons=True),
    card_callback=CardCallback(secret="env:CARD", route="handbook"),
)


def skills(*documents: dict[str, Any]) -> list[Skill]:
    """The skills of a file."""
    return skills_of({"skills": list(documents)}, "skills/test.yaml")


def skill_bot(**more: Any) -> Bot:
    """A bot with skills, whose cards have buttons."""
    fields: dict[str, Any] = {
        "dingtalk": APP,
        "skills": SkillSettings(files=("skills/test.yaml",), origins=("http://127.0.0.1:1",)),
        **more,
    }
    return a_bot(**fields)


def skill_worker(*documents: dict[str, Any], bot: Bot | None = None, **more: Any) -> Worker:
    """A worker whose bot has these skills, checked as `check` does."""
    settings = bot or skill_bot()
    found = skills(*documents)
    check_skills("handbook", settings, found)
    worker = Worker(settings, **more)
    worker.skills = tuple(map(ready, found))
    return worker


def asked(text: str, number: int = 1, **more: Any) -> Question:
    """A question of 小明; each number is a message of its own."""
    return a_question(f"t{number:031x}", text, webhook=a_webhook(), **more)


def by(question: Question, user: str, nick: str = "") -> Question:
    """The same asked by another person."""
    sender = msgspec.structs.replace(question.sender, sender_id=user, staff_id=user, nick=nick)
    conversation = msgspec.structs.replace(question.conversation, id=f"c-{user}")
    return msgspec.structs.replace(question, sender=sender, conversation=conversation)
