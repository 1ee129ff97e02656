"""Those who had asked what is answered now: told by whichever way the answer was published."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.access.decision import permitted
from rag_on_dingtalk.errors import BotError
from rag_on_dingtalk.observability.days import DAY_MS
from rag_on_dingtalk.pipeline.reply import Reply
from rag_on_dingtalk.worker.knowledge.messages import message_to

if TYPE_CHECKING:
    from rag_on_dingtalk.access.control import AccessControl, Judged
    from rag_on_dingtalk.knowledge.curated.curating import Curating
    from rag_on_dingtalk.knowledge.curated.entry import Entry, Version
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.pipeline.context import TurnContext
    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.storage.knowledge.curated import CuratedRows
    from rag_on_dingtalk.storage.turns.turns import Turns
    from rag_on_dingtalk.worker.bot_runtimes import BotRuntimes
    from rag_on_dingtalk.worker.invocation import Invocation
    from rag_on_dingtalk.worker.knowledge.messages import Post

#: Of a question, in the message.
_QUOTED = 300
#: What could not be told by then is not told.
_LONGEST_MS = DAY_MS


class Askers:
    """Tells them, each person once for a version, and only who may still ask by the answer's route."""

    def __init__(self, *, bots: BotRuntimes, turns: Turns, access: AccessControl, post: Post) -> None:
        self._bots = bots
        self._turns = turns
        self._access = access
        self._post = post

    async def tell(self, bot: str, version: Version, invocation: Invocation, *, at_ms: int) -> None:
        """Tell those who asked the version's questions; who was told before is not told again.

        at_ms: when it was published.

        Raises:
            BotError: not all could be told now; the same again goes on.
        """
        runtime = await self._bots.get(bot)
        told: set[str] = set()
        for turn_id in version.turns:
            row = await self._turns.read(turn_id)
            user = "" if row is None else row.question.sender.staff_id
            if row is None or not user or user in told:
                continue
            judged = await self._access.judge(row.question, runtime.settings, runtime.people)
            if not judged.decision.allowed or not self._may_read(bot, version, judged):
                continue
            told.add(user)
            about = f"filled {version.skill.label}"
            message = message_to(user, bot=bot, kind="desk_note", about=about, at_ms=at_ms)
            shown = {"question": row.question.text[:_QUOTED], "answer": version.skill.answer}
            await self._post.send(message, invocation, partial(_filled, shown=shown))

    def _may_read(self, bot: str, version: Version, judged: Judged) -> bool:
        routes = set(version.skill.routes)
        if not routes or judged.facts is None:
            return True
        policy = self._access.policy(bot, self._bots.settings[bot])
        may = permitted(policy, judged.facts, judged.grants, judged.at_ms, judged.decision.opened)
        return bool(routes & {*may, judged.decision.route})


class ToldLater:
    """Task of housekeeping: the askers of what was published on the console, which sends no answers."""

    def __init__(self, rows: CuratedRows, curating: Curating, askers: Askers, log: LogLine) -> None:
        self._rows = rows
        self._curating = curating
        self._askers = askers
        self._log = log

    async def __call__(self, invocation: Invocation, name: str, bot: Bot, now_ms: int) -> None:
        """Tell them; what cannot be told now is tried again in the next round, for a day.

        Raises:
            StateError: Tablestore could not be asked.
        """
        if not bot.gaps.tell_askers:
            return
        for id_, number, at_ms in await self._rows.untold(name):
            entry = await self._curating.entry(name, id_)
            version = None if entry is None else _announced(entry, number)
            if version is not None:
                try:
                    await self._askers.tell(name, version, invocation, at_ms=at_ms)
                except BotError as error:
                    self._log("askers_not_told", level="WARNING", bot=name, what=id_, error=str(error))
                    if now_ms - at_ms < _LONGEST_MS:
                        continue
            await self._rows.told(name, id_, number)


def _announced(entry: Entry, number: int) -> Version | None:
    """What answers now, for those who had asked what that version answered; None: nothing answers."""
    version, live = entry.version(number), entry.version(entry.head.live)
    return None if version is None or live is None else msgspec.structs.replace(live, turns=version.turns)


async def _filled(context: TurnContext, *, shown: dict[str, str]) -> Reply:
    question = " ".join(shown["question"].split())
    said = context.texts.say("gap_filled", question=question, answer=shown["answer"])
    return Reply(parts=(said,), on_card=False, answer=said)
