"""A refusal that helps: what was refused, by which rule, whom to ask, and a button that asks for access."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.pipeline.reply import Reply
from rag_on_dingtalk.pipeline.wording.departments import own_departments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag_on_dingtalk.access.control import Judged
    from rag_on_dingtalk.access.decision import Decision
    from rag_on_dingtalk.pipeline.context import TurnContext

#: Owners who are named; the others get the request, too.
_NAMED_OWNERS = 2


async def refusal_of(context: TurnContext, judged: Judged) -> Reply:
    """What the refused person reads, in private; nothing for a quiet rule and for a refusal told before."""
    decision, sender = judged.decision, context.question.sender
    told, count = await _to_be_told(context, decision)
    if decision.quiet or not told:
        context.log("refused_silently", rule=decision.rule, count=count)
        return Reply(parts=(), on_card=False, silent=True)
    if not sender.staff_id:
        # It stands in the group, for all to read.
        said = context.texts.say("refused_guest")
        return Reply(parts=(said,), on_card=False, answer=said)
    told_why = await _words(context, judged)
    if not _may_be_granted(decision):
        return Reply(parts=(told_why,), on_card=False, answer=told_why, private=True)
    by_hand = context.texts.say("ask_owner", user=sender.staff_id, route=decision.route)
    by_button = context.texts.say("ask_by_button")
    if not has_buttons(context):
        said = f"{told_why}\n\n{by_hand}"
        return Reply(parts=(said,), on_card=False, answer=said, private=True)
    return Reply(
        parts=(f"{told_why}\n\n{by_button}",),
        without_card=f"{told_why}\n\n{by_hand}",
        answer=told_why,
        refused=decision.route,
        offer="request",
        private=True,
    )


def has_buttons(context: TurnContext) -> bool:
    """Whether the bot's cards have buttons that lead here."""
    app = context.settings.dingtalk
    return app.card is not None and app.card.buttons and app.card_callback is not None


def names_of(owners: Sequence[str], names: Sequence[str]) -> str:
    """Owners as people read them: `王芳（user0001）`.

    >>> names_of(("user0001", "user0002"), ("王芳", ""))
    '王芳（user0001）、user0002'
    """
    return "、".join(f"{name}（{id_}）" if name else id_ for id_, name in zip(owners, names, strict=True))


def _may_be_granted(decision: Decision) -> bool:
    """A grant changes nothing about a denial, nor about a directory that is away."""
    return decision.reason == "not_allowed"


async def _to_be_told(context: TurnContext, decision: Decision) -> tuple[bool, int]:
    question = context.question
    try:
        return await context.access.refusals.tell(
            question.bot,
            question.sender.key,
            f"{decision.route}:{decision.rule}:{decision.reason}",
            turn_id=question.turn_id,
            now_ms=context.clock(),
        )
    except StateError as error:
        context.log("refusal_not_counted", level="WARNING", error=str(error))
        return True, 0


async def _words(context: TurnContext, judged: Judged) -> str:
    question, texts, decision = context.question, context.texts, judged.decision
    owners = context.settings.roles.owner[:_NAMED_OWNERS]
    why = texts.say(f"refused_{decision.reason}", title=context.settings.title, route=decision.route)
    said = texts.say(
        "refused",
        why=why,
        rule=decision.rule or "-",
        user=question.sender.staff_id,
        conversation=question.conversation.id,
        owners=names_of(owners, await _owner_names(context, owners)) or "-",
        policy=decision.policy_version,
    )
    departments = await own_departments(context.bot, judged.profile)
    return said + (texts.say("refused_departments", departments=departments) if departments else "")


async def _owner_names(context: TurnContext, owners: Sequence[str]) -> list[str]:
    directory = context.bot.directory
    if directory is None:
        return ["" for _ in owners]
    return [await directory.name_of(owner, context.sender.reservation) for owner in owners]
