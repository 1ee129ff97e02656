"""申请权限: a refused person asks, an owner decides on a card, the person is told and asks again.

Every card of this is a turn of its own, claimed and recorded like an answer, so that a retry neither loses
one nor shows it twice; the card's turn names the refused one it is about.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.access.control import scope_of
from rag_on_dingtalk.access.granting import moment, objection
from rag_on_dingtalk.access.matching import facts_of
from rag_on_dingtalk.access.roles import permission
from rag_on_dingtalk.models.access import Grant
from rag_on_dingtalk.models.question import Conversation, ConversationType, Question, Sender, turn_id_of
from rag_on_dingtalk.pipeline.reply import Reply
from rag_on_dingtalk.pipeline.wording.departments import own_departments
from rag_on_dingtalk.worker.follow_up import is_asker

if TYPE_CHECKING:
    from rag_on_dingtalk.access.control import AccessControl
    from rag_on_dingtalk.models.jobs import CardAction
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.pipeline.context import TurnContext
    from rag_on_dingtalk.storage.access.leavers import Leavers
    from rag_on_dingtalk.storage.shared.once import Once
    from rag_on_dingtalk.storage.turns.row import TurnRow
    from rag_on_dingtalk.storage.turns.turns import Turns
    from rag_on_dingtalk.worker.bot_runtimes import BotRuntimes
    from rag_on_dingtalk.worker.handlers.question import QuestionHandler
    from rag_on_dingtalk.worker.invocation import Invocation

#: The `message_type` of a card that an owner decides on.
REQUEST = "access_request"
#: The clicks that are about access.
OF_ACCESS = frozenset(("request", "approve", "reject"))
#: What the card offers, in hours. Clicks are signed without their contents: nothing else is believed.
HOURS = frozenset((1, 24, 168))
_HOUR_MS = 3_600_000
_QUOTED_CHARACTERS = 300


class AccessRequests:
    """Passes requests on to the owners, and carries out what they decide."""

    def __init__(
        self,
        *,
        questions: QuestionHandler,
        bots: BotRuntimes,
        turns: Turns,
        access: AccessControl,
        leavers: Leavers,
        once: Once,
        log: LogLine,
    ) -> None:
        self._questions = questions
        self._bots = bots
        self._turns = turns
        self._access = access
        self._leavers = leavers
        self._once = once
        self._log = log

    async def handle(self, action: CardAction, row: TurnRow, invocation: Invocation) -> str:
        """A click that is about access; returns what came of it.

        Raises:
            BotError: it could not be done; FC is to try again.
        """
        if action.action == "request":
            return await self._ask(action, row, invocation)
        return await self._decide(action, row, invocation)

    async def _ask(self, action: CardAction, row: TurnRow, invocation: Invocation) -> str:
        """A click on 申请权限: every owner but the asker gets a card."""
        if not row.outcome.refused or not is_asker(action, row.question):
            return "nothing_to_request"
        owners = self._bots.settings[action.bot].roles.owner
        owners = tuple(owner for owner in owners if owner != action.user_id)
        self._log("access_requested", route=row.outcome.refused, owners=len(owners))
        await self._access.acts.done(
            "grant.asked",
            name=action.bot,
            who=action.user_id,
            what=row.outcome.refused,
            detail=row.question.turn_id,
        )
        for owner in owners:
            card = _message(action, owner, f"request {action.turn_id} {owner}", REQUEST, row.question.turn_id)
            await self._questions.answer(card, invocation, partial(_request_card, row=row))
        if not owners:
            await self._say(action, invocation, "request_no_owner")
            return "no_owner"
        return "requested"

    async def _decide(self, action: CardAction, row: TurnRow, invocation: Invocation) -> str:
        """A click on 批准 or 拒绝; the first decision on a request stands."""
        card = row.question
        refused = await self._turns.read(card.repeats) if card.message_type == REQUEST else None
        if refused is None or card.sender.staff_id != action.user_id:
            self._log("decision_on_nothing", level="WARNING")
            return "nothing_to_decide"
        hours = int(action.words) if action.words.isdecimal() else 0
        if action.action == "approve" and hours not in HOURS:
            return "nothing_to_decide"
        grant = Grant(
            id=refused.question.turn_id,
            bot=action.bot,
            user=refused.question.sender.staff_id,
            route=refused.outcome.refused,
            from_ms=action.clicked_ms,
            until_ms=action.clicked_ms + hours * _HOUR_MS,
            granted_by=action.user_id,
            requested=True,
        )
        asked_ms = refused.question.asked_ms
        if wrong := await self._objection(grant, asked_ms, approves=action.action == "approve"):
            await self._record(grant, "grant.given", refused_by=wrong)
            await self._say(action, invocation, wrong, route=grant.route, user=grant.user)
            return wrong
        by = f"{action.user_id}:{action.action}:{action.words}:{action.clicked_ms}"
        if not await self._once.first(f"access:{action.bot}", grant.id, by=by):
            await self._say(action, invocation, "request_decided_before")
            return "decided_before"
        if action.action == "approve":
            await self._access.grants.give(grant)
        self._log(
            "access_approved" if action.action == "approve" else "access_rejected",
            grant=grant.id,
            route=grant.route,
            hours=hours,
        )
        await self._record(grant, "grant.given" if action.action == "approve" else "grant.rejected")
        await self._tell_asker(grant, refused, invocation, approved=action.action == "approve")
        return "approved" if action.action == "approve" else "rejected"

    async def give_up(self, action: CardAction, invocation: Invocation) -> str:
        """Tell the one who clicked that nothing came of it.

        Raises:
            BotError: not even that was possible; FC is to try again.
        """
        await self._say(action, invocation, "request_lost")
        return "told"

    async def _record(self, grant: Grant, act: str, *, refused_by: str = "") -> None:
        """Write down what was decided; refused_by: why it was not."""
        who, what = grant.granted_by, f"{grant.user} {grant.route}"
        if refused_by:
            await self._access.acts.refused(act, name=grant.bot, who=who, what=what, rule=refused_by)
            return
        until = f" until {moment(grant.until_ms)}" if act == "grant.given" else ""
        rule = permission(who, "approve", self._bots.settings[grant.bot]).rule
        await self._access.acts.done(
            act, name=grant.bot, who=who, what=what, rule=rule, detail=f"asked for, {grant.id}{until}"
        )

    async def _objection(self, grant: Grant, asked_ms: int, *, approves: bool) -> str:
        bot = self._bots.settings[grant.bot]
        if not approves:
            # The person may have been an owner only when the card came.
            return "" if permission(grant.granted_by, "approve", bot).allowed else "grant_not_yours"
        source = (await self._bots.get(grant.bot)).people
        policy = self._access.policy(grant.bot, bot)
        granter = await self._access.profiles.of(
            grant.granted_by, source, scope=scope_of(bot), hours=bot.directory.hours
        )
        wrong = objection(
            grant,
            bot=bot,
            policy=policy,
            granter=facts_of(grant.granted_by, grant.granted_by, granter),
            person=await self._access.profiles.fresh(grant.user, source),
            now_ms=grant.from_ms,
            verb="approve",
        )
        # Also of a person who is there again: what was asked before is over.
        left = not wrong and await self._leavers.left_ms(scope_of(bot), grant.user) >= asked_ms
        return "grant_left" if left else wrong

    async def _tell_asker(
        self, grant: Grant, refused: TurnRow, invocation: Invocation, *, approved: bool
    ) -> None:
        asked = refused.question
        private = asked.conversation
        if private.is_group:
            private = Conversation(f"access:{grant.user}", ConversationType.ONE_TO_ONE)
        # The refused question under another name: asking again from its card asks just that.
        card = msgspec.structs.replace(
            asked,
            turn_id=turn_id_of(grant.bot, f"decided {grant.id}"),
            conversation=private,
            webhook=None,
            asked_ms=grant.from_ms,
            repeats=asked.turn_id,
        )
        await self._questions.answer(
            card, invocation, partial(_decision_card, grant=grant, approved=approved)
        )

    async def _say(self, action: CardAction, invocation: Invocation, sentence: str, **values: str) -> None:
        about = f"{sentence} {action.turn_id} {action.user_id}"
        message = _message(action, action.user_id, about, "access_note", action.turn_id)
        await self._questions.answer(message, invocation, partial(_note, sentence=sentence, values=values))


def _message(action: CardAction, user: str, about: str, kind: str, repeats: str) -> Question:
    """A message to one person that answers nothing, as a turn; its identity follows from what it is about."""
    return Question(
        turn_id=turn_id_of(action.bot, about),
        bot=action.bot,
        message_id=about,
        text="",
        message_type=kind,
        sender=Sender(sender_id="", staff_id=user, corp_id=action.corp_id),
        conversation=Conversation(f"access:{user}", ConversationType.ONE_TO_ONE),
        asked_ms=action.clicked_ms,
        repeats=repeats,
    )


async def _request_card(context: TurnContext, *, row: TurnRow) -> Reply:
    asked, texts = row.question, context.texts
    values = {"user": asked.sender.staff_id, "route": row.outcome.refused}
    said = texts.say(
        "request",
        nick=asked.sender.nick or asked.sender.staff_id,
        title=context.settings.title,
        question=asked.text[:_QUOTED_CHARACTERS].replace("\n", " "),
        **values,
    )
    decided = row.outcome.decided
    profile = None if decided is None else decided.profile
    if departments := await own_departments(context.bot, profile):
        said += texts.say("request_departments", departments=departments)
    by_hand = f"{said}\n\n{texts.say('request_by_hand', **values)}"
    return Reply(parts=(said,), without_card=by_hand, answer=said, offer="approve")


async def _decision_card(context: TurnContext, *, grant: Grant, approved: bool) -> Reply:
    values = {"route": grant.route, "title": context.settings.title}
    if not approved:
        said = context.texts.say("request_rejected", **values)
        return Reply(parts=(said,), on_card=False, answer=said)
    said = context.texts.say("request_approved", until=moment(grant.until_ms), **values)
    return Reply(parts=(said,), answer=said, offer="again")


async def _note(context: TurnContext, *, sentence: str, values: dict[str, str]) -> Reply:
    days = str(context.settings.grants.longest_days)
    routes = "、".join(route.name for route in context.settings.all_routes)
    said = context.texts.say(sentence, **{"days": days, "routes": routes, **values})
    return Reply(parts=(said,), on_card=False, answer=said)
