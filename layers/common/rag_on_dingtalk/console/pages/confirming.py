"""The form below what a change changes: it asks why, and offers the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.console.web.html import Markup, el
from rag_on_dingtalk.console.web.layout import field, hidden

if TYPE_CHECKING:
    from rag_on_dingtalk.console.visit import Visit

#: Characters of a reason.
LONGEST_REASON = 200


def confirmation(
    visit: Visit, label: str, *, action: str, back: str, danger: bool = False, undo: str = "", **kept: str
) -> Markup:
    """The form.

    label: of its button. action, back: pages of the bot. undo: how the change can be undone.
    kept: fields that it carries unseen.
    """
    say = visit.say
    return el(
        "form",
        hidden(form=visit.token, **kept),
        field(
            say("为什么（会记入审计）", "Why (it is recorded)"),
            "why",
            required=True,
            maxlength=LONGEST_REASON,
        ),
        el(
            "div",
            el("button", label, class_="danger" if danger else "primary"),
            el("a", say("取消", "Cancel"), href=visit.link(back), class_="button"),
            class_="actions",
        ),
        el("p", undo, class_="hint") if undo else None,
        method="post",
        action=visit.link(action),
        class_="form",
    )
