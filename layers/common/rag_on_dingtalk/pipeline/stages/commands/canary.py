"""/canary status|stop|promote|start new-handbook: how an experiment goes, and what becomes of it."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from rag_on_dingtalk.access.canary.deciding import WISHES, Wish, decide_experiment
from rag_on_dingtalk.access.canary.states import FRESH_MS
from rag_on_dingtalk.access.roles import permission
from rag_on_dingtalk.observability.experiments.comparison import compare
from rag_on_dingtalk.observability.experiments.status_text import status_of
from rag_on_dingtalk.pipeline.reply import Reply
from rag_on_dingtalk.storage.shared.experiments import ExperimentRow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rag_on_dingtalk.pipeline.context import TurnContext

WORDS = ("/canary", "/灰度")

_WISHES: Mapping[str, Wish] = {
    **{wish: wish for wish in WISHES},
    "停止": "stop",
    "推广": "promote",
    "开始": "start",
}
_STATUS = ("status", "状态")
_DONE: Mapping[Wish, str] = {
    "stop": "canary_stopped",
    "promote": "canary_promoted",
    "start": "canary_started",
}


async def run(context: TurnContext) -> Reply:
    """Tell how the bot's experiments go, or decide about one.

    Raises:
        StateError: Tablestore could not be asked, or did not confirm it.
    """
    question, settings = context.question, context.settings
    known = list(dict.fromkeys(route.of_experiment for route in settings.all_routes if route.of_experiment))
    verb, name, understood = _read(question.text, known)
    wish = _WISHES.get(verb)
    who, acts = question.sender.staff_id, context.access.acts
    if wish is None:
        allowed = permission(who, "operate", settings).allowed
    else:
        act = WISHES[wish][1]
        allowed = await acts.allowed("operate", act, name=question.bot, bot=settings, who=who, what=name)
    if not allowed:
        return _said(context, "canary_not_yours")
    if not known:
        return _said(context, "canary_none", title=settings.title)
    if not understood or (wish is not None and not name):
        return _said(context, "canary_usage", names="、".join(known))
    if wish is None:
        return await _status(context, [name] if name else known)
    store, now_ms = context.access.experiments.store, context.clock()
    changed = await decide_experiment(store, question.bot, name, wish, by=who, now_ms=now_ms)
    if changed:
        rule = permission(who, "operate", settings).rule
        await acts.done(WISHES[wish][1], name=question.bot, who=who, what=name, rule=rule)
    await context.access.experiments.fresh(question.bot)
    seconds = str(FRESH_MS // 1000)
    return _said(context, _DONE[wish] if changed else "canary_as_before", name=name, seconds=seconds)


def _read(text: str, known: list[str]) -> tuple[str, str, bool]:
    """What is wanted, of which experiment, and whether it was understood; the only one need not be named."""
    words = [unicodedata.normalize("NFKC", word).casefold() for word in text.split()[1:]]
    verb, named = (words[0] if words else _STATUS[0]), words[1:]
    by_name = {unicodedata.normalize("NFKC", name).casefold(): name for name in known}
    name = by_name.get(named[0], "") if named else ""
    if not named and verb not in _STATUS and len(known) == 1:
        name = known[0]
    understood = (verb in _STATUS or verb in _WISHES) and len(named) <= 1 and (not named or bool(name))
    return verb, name, understood


async def _status(context: TurnContext, names: list[str]) -> Reply:
    found = await context.access.experiments.fresh(context.question.bot)
    told = []
    for name in names:
        row = found.get(name, ExperimentRow())
        comparison = compare(row.canary, row.stable)
        told.append(status_of(name, row.status, comparison, language=context.settings.language))
    said = "\n\n".join(told)
    return Reply(parts=(said,), on_card=False, answer=said, private=True)


def _said(context: TurnContext, sentence: str, **values: str) -> Reply:
    said = context.texts.say(sentence, **values)
    return Reply(parts=(said,), on_card=False, answer=said, private=True)
