"""Incidents over all instances: one card each, written anew, and closed when it is over. No method raises.

A healthy bot costs one read a minute and instance; bad signs that come together cost a read and a write.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rag_on_dingtalk.access.roles import permission
from rag_on_dingtalk.errors import BotError, DingTalkError, StateError
from rag_on_dingtalk.models.question import turn_id_of
from rag_on_dingtalk.observability.events import Act
from rag_on_dingtalk.observability.incidents import card_text, life
from rag_on_dingtalk.observability.incidents.life import Action
from rag_on_dingtalk.observability.incidents.rules import RULES, Rule, Sign, signs_of
from rag_on_dingtalk.worker.operating.channel import OperatorChannel
from rag_on_dingtalk.worker.operating.gathered_signs import GatheredSigns

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rag_on_dingtalk.models.jobs import CardAction
    from rag_on_dingtalk.observability.events import QuestionEvent
    from rag_on_dingtalk.observability.incidents.life import Incident
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.storage.journal.auditor import Auditor
    from rag_on_dingtalk.storage.journal.incidents import Incidents, Step
    from rag_on_dingtalk.worker.bot_runtimes import BotRuntimes

#: Between two looks of an instance that sees nothing but good signs.
_LOOK_EVERY_MS = 60_000


class IncidentBoard:
    """Takes signs and does what follows.

    clock: milliseconds since the epoch.
    """

    def __init__(
        self,
        incidents: Incidents,
        bots: BotRuntimes,
        auditor: Auditor,
        *,
        clock: Callable[[], int],
        log: LogLine,
    ) -> None:
        self._incidents = incidents
        self._bots = bots
        self._auditor = auditor
        self._clock = clock
        self._log = log
        self._signs = GatheredSigns(self._note)
        self._looked_ms: dict[str, int] = {}
        #: Kinds of which this instance knows that a good sign changes something.
        self._warm: set[tuple[str, str]] = set()

    async def finished(self, event: QuestionEvent) -> None:
        """A question is finished: what it says of the backend."""
        settings = self._bots.settings.get(event.bot)
        if settings is None:
            return
        # It could be built, so that its secrets could be read.
        await self.take(event.bot, Sign("secrets_fail", bad=False))
        for sign in signs_of(event, slow_ms=int(settings.operations.slow_seconds * 1000)):
            await self.take(event.bot, sign)

    async def take(self, bot: str, sign: Sign) -> None:
        """One sign, from whatever noticed it."""
        if bot not in self._bots.settings:
            return
        try:
            if not sign.bad:
                await self._look(bot)
                if (bot, sign.kind) not in self._warm:
                    return
            change = await self._signs.add(bot, sign)
        except StateError as error:
            self._log("incident_not_noted", level="WARNING", kind=sign.kind, error=str(error))
            return
        if change is not None:
            before, after, action = change
            if action is not Action.NOTHING:
                await self._carry_out(bot, sign.kind, before, after, action)

    async def _note(self, bot: str, signs: Sequence[Sign]) -> tuple[Incident, Incident, Action]:
        """Signs of one kind, all bad or all good: as `Incidents.change`.

        Raises:
            StateError: Tablestore could not be asked.
        """
        kind, settings, now_ms = signs[0].kind, self._bots.settings[bot], self._clock()
        steps = [self._step(sign, settings, now_ms) for sign in signs]
        before, after, action = await self._incidents.change(bot, kind, partial(_one_by_one, steps))
        self._know(bot, kind, after)
        return before, after, action

    async def clicked(self, action: CardAction) -> str:
        """An operator taps a button of an incident's card; empty: it is no incident's card.

        Raises:
            StateError: Tablestore could not be asked; FC is to try again.
        """
        settings = self._bots.settings.get(action.bot)
        if settings is None:
            return ""
        of_card = {
            _card_id(action.bot, kind, one): kind
            for kind, one in (await self._incidents.of_bot(action.bot)).items()
        }
        kind = of_card.get(action.turn_id, "")
        if not kind:
            return ""
        muted = action.words in card_text.MUTE.values()
        asked = permission(action.user_id, "operate", settings)
        act = Act(
            act="incident.muted" if muted else "incident.acknowledged",
            bot=action.bot,
            who=action.user_id,
            what=kind,
            source="chat",
            at_ms=action.clicked_ms,
            result="done" if asked.allowed else "refused",
            rule=asked.rule,
        )
        await self._auditor.record(act)
        if act.result == "refused":
            return "not_an_operator"
        now_ms = self._clock()

        def step(incident: Incident) -> tuple[Incident, Action]:
            if not incident.is_open:
                return incident, Action.NOTHING
            if muted:
                return life.muted(incident, action.user_id, now_ms), Action.UPDATE
            return life.acknowledged(incident, action.user_id), Action.UPDATE

        before, after, todo = await self._incidents.change(action.bot, kind, step)
        if todo is Action.UPDATE:
            await self._carry_out(action.bot, kind, before, after, todo)
        return act.act

    def _step(self, sign: Sign, settings: Bot, now_ms: int) -> Step:
        if sign.bad:
            rule = RULES.get(sign.kind, Rule(sign.kind, sign.kind))
            return partial(life.bad, rule=rule, now_ms=now_ms, detail=sign.detail)
        quiet_ms = int(settings.operations.quiet_seconds * 1000)
        return partial(life.good, now_ms=now_ms, quiet_ms=quiet_ms)

    async def _look(self, bot: str) -> None:
        """See now and then what other instances have noted."""
        now_ms = self._clock()
        if now_ms - self._looked_ms.get(bot, -_LOOK_EVERY_MS) < _LOOK_EVERY_MS:
            return
        self._looked_ms[bot] = now_ms
        for kind, incident in (await self._incidents.of_bot(bot)).items():
            self._know(bot, kind, incident)

    def _know(self, bot: str, kind: str, incident: Incident) -> None:
        if incident.is_open or incident.in_a_row:
            self._warm.add((bot, kind))
        else:
            self._warm.discard((bot, kind))

    async def _carry_out(
        self, bot: str, kind: str, before: Incident, after: Incident, action: Action
    ) -> None:
        if action is Action.SEND:
            # For an alarm of one's own in Log Service, where the bot cannot tell of it itself.
            self._log("incident", level="ERROR", bot=bot, kind=kind, count=after.count, detail=after.detail)
        if action is Action.CLOSE:
            self._log("incident_over", bot=bot, kind=kind, count=before.count)
        try:
            await self._tell(bot, kind, before, after, action)
            if action is Action.SEND:
                now_ms = self._clock()
                await self._incidents.change(bot, kind, lambda one: (life.sent(one, now_ms), Action.NOTHING))
        except BotError as error:
            self._log("operators_not_told", level="ERROR", bot=bot, kind=kind, error=_plain(error))

    async def _tell(self, bot: str, kind: str, before: Incident, after: Incident, action: Action) -> None:
        runtime = await self._bots.get(bot)
        channel = OperatorChannel(runtime)
        if not channel.reachable:
            return
        settings, now_ms = runtime.settings, self._clock()
        language = settings.language
        if action is Action.CLOSE:
            text = card_text.over(kind, before, title=settings.title, language=language, now_ms=now_ms)
            try:
                await channel.rewrite(_card_id(bot, kind, before), text, buttons=(), last=True)
            except DingTalkError:
                # Perhaps it was never sent: a bot without its secret could not. They are told now.
                await channel.message(text)
            return
        text = card_text.told(kind, after, title=settings.title, language=language, now_ms=now_ms)
        offered = () if after.acknowledged_by else card_text.buttons(language)
        card_id = _card_id(bot, kind, after)
        if action is Action.SEND:
            await channel.post(card_id, text, buttons=offered)
        else:
            await channel.rewrite(card_id, text, buttons=offered, last=False)


def _one_by_one(steps: Sequence[Step], incident: Incident) -> tuple[Incident, Action]:
    """All steps at once. Signs of one kind and moment call for one action at most."""
    todo = Action.NOTHING
    for step in steps:
        incident, action = step(incident)
        todo = todo if action is Action.NOTHING else action
    return incident, todo


def _card_id(bot: str, kind: str, incident: Incident) -> str:
    """Of the form that every card of ours has, so that its clicks come through."""
    return turn_id_of(bot, f"incident {kind} {incident.episode}")


def _plain(error: BotError) -> str:
    return f"{error.code}: {error}" if isinstance(error, DingTalkError) else str(error)
