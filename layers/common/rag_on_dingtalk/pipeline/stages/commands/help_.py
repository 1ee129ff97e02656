"""/help and a mention without words: what the bot is for, its commands, and questions to begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.access.roles import verbs_of
from rag_on_dingtalk.pipeline.reply import Reply

if TYPE_CHECKING:
    from rag_on_dingtalk.access.roles import Verb
    from rag_on_dingtalk.pipeline.context import TurnContext

WORDS = ("/help", "/帮助", "/?")

#: Sentences about commands that are for some roles only: those that have one of the verbs.
_DUTIES: tuple[tuple[frozenset[Verb], str], ...] = (
    (frozenset(("grant",)), "help_grant"),
    (frozenset(("grant", "read_audit")), "help_grants"),
)
#: The same of a bot that has experiments.
_EXPERIMENTS: tuple[tuple[frozenset[Verb], str], ...] = ((frozenset(("operate",)), "help_canary"),)


async def run(context: TurnContext) -> Reply:
    """The bot's introduction; its examples are buttons where the card has them."""
    bot, texts = context.settings, context.texts
    told = texts.say("help", title=bot.title) + _duties(context)
    if not bot.examples:
        return Reply(parts=(told,), on_card=False, answer=told)
    examples = "\n".join(f"- {one}" for one in bot.examples)
    listed = f"{told}\n\n{texts.say('examples', examples=examples)}"
    # Buttons are variables of our own template, and clicks need an address.
    app = bot.dingtalk
    if app.card is None or not app.card.buttons or not app.takes_clicks:
        return Reply(parts=(listed,), on_card=False, answer=listed)
    return Reply(parts=(told,), without_card=listed, answer=told, suggestions=bot.examples)


def _duties(context: TurnContext) -> str:
    """What the asker's roles allow beside asking; nothing where every person may ask everything."""
    policy = context.access.policy(context.question.bot, context.settings)
    duties = (*(_DUTIES if policy.grants else ()), *(_EXPERIMENTS if policy.experiments else ()))
    if not duties:
        return ""
    mine = verbs_of(context.question.sender.staff_id, context.settings)
    lines = "\n".join(context.texts.say(sentence) for verbs, sentence in duties if verbs & mine)
    return context.texts.say("help_duties", lines=lines) if lines else ""
