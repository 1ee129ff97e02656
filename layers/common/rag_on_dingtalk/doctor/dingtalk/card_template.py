"""The AI card's template. Pure.

Source of the codes: "创建并投放卡片" (development/create-and-deliver-cards).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.dingtalk.openapi.advice import advice
from rag_on_dingtalk.doctor.line import Line, unchecked, well, wrong

if TYPE_CHECKING:
    from rag_on_dingtalk.errors import DingTalkError
    from rag_on_dingtalk.settings.sections.dingtalk import CardTemplate

SUBJECT = "card template"

NO_CARD = unchecked(SUBJECT, "`card: null` in bots.yaml, this bot answers with markdown messages.")


def judge(template: CardTemplate, refusal: DingTalkError | None) -> Line:
    """What creating a card that is delivered to no chat says.

    refusal: the app has the permission, so it is about the call's content.
    """
    if refusal is None:
        return well(SUBJECT, f"Cards can be made of {template.id}.")
    todo = advice(refusal.code) or "Compare dingtalk.card in bots.yaml with the card platform."
    return wrong(SUBJECT, f"No card can be made of {template.id} ({refusal.code}). {todo}")
