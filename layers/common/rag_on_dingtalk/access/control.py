"""The decision on one question: policy, profile and grants brought together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.access.canary.arms import Kept, Trials
from rag_on_dingtalk.access.decision import Decision, decide, decide_route, permitted
from rag_on_dingtalk.access.matching import Facts, facts_of
from rag_on_dingtalk.access.policy import Policy, policy_of
from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.models.access import Grant, Profile

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.access.acts import Acts
    from rag_on_dingtalk.access.canary.states import ExperimentStates
    from rag_on_dingtalk.access.profiles import Profiles, Source
    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.storage.access.grants import Grants
    from rag_on_dingtalk.storage.access.refusals import Refusals


#: How long an instance believes that no department of a bot was granted anything.
_BELIEVED_MS = 10_000


class Judged(msgspec.Struct, frozen=True):
    """A decision with what it was made from.

    profile: None: not known, or not asked for.
    at_ms: when it was decided, milliseconds since the epoch.
    facts: what the rules looked at.
    """

    decision: Decision
    profile: Profile | None = None
    grants: tuple[Grant, ...] = ()
    at_ms: int = 0
    facts: Facts | None = None


class AccessControl:
    """Decides for every bot of this process.

    acts: asks the roles before a command or a tap is carried out, and records it.
    clock: milliseconds since the epoch.
    """

    def __init__(
        self,
        *,
        profiles: Profiles,
        grants: Grants,
        refusals: Refusals,
        acts: Acts,
        experiments: ExperimentStates,
        clock: Callable[[], int],
        log: LogLine,
    ) -> None:
        self.profiles = profiles
        self.grants = grants
        self.refusals = refusals
        self.acts = acts
        self.experiments = experiments
        self.clock = clock
        self._log = log
        self._no_departments_until: dict[str, int] = {}
        self._policies: dict[str, tuple[Bot, Policy]] = {}

    def policy(self, name: str, bot: Bot) -> Policy:
        """The bot's policy, made once."""
        known = self._policies.get(name)
        if known is None or known[0] is not bot:
            known = self._policies[name] = (bot, policy_of(bot, name))
        return known[1]

    async def judge(
        self, question: Question, bot: Bot, source: Source | None, kept: Kept | None = None
    ) -> Judged:
        """Whether the question may be answered now, and by which route. Never raises.

        A bot without routes and rules costs no request; else it is one for the profile, if a rule asks for
        departments or roles, one for the grants, and now and then one for its experiments.

        kept: of an earlier decision on the question.
        """
        policy = self.policy(question.bot, bot)
        user, group = question.sender.staff_id, ""
        if question.conversation.is_group:
            group = question.conversation.id
        profile: Profile | None = None
        grants = tuple[Grant, ...]()
        scope, hours = scope_of(bot), bot.directory.hours
        if user and policy.directory:
            profile = await self.profiles.of(user, source, scope=scope, hours=hours)
        if user and policy.grants:
            grants = await self.grants_of(question.bot, user)
        if not policy.directory and any(grant.department for grant in grants):
            profile = await self.profiles.of(user, source, scope=scope, hours=hours)
        trials = Trials(kept=kept)
        if policy.experiments and kept is None:
            trials = Trials(await self.experiments.of(question.bot))
        facts = facts_of(
            user,
            question.sender.key,
            profile,
            group=group,
            text=question.text,
            files=bool(question.attachments),
        )
        now_ms = self.clock()
        return Judged(decide(policy, facts, grants, now_ms, trials), profile, grants, now_ms, facts)

    def permitted(self, name: str, bot: Bot, judged: Judged | None) -> tuple[str, ...]:
        """Every route that the asker might use at the moment of the decision; None: nothing was to decide."""
        policy = self.policy(name, bot)
        if judged is None or judged.facts is None:
            return tuple(route.name for route in policy.routes)
        opened = judged.decision.opened
        return permitted(policy, judged.facts, judged.grants, judged.at_ms, opened)

    def decide_again(self, name: str, bot: Bot, judged: Judged, facts: Facts) -> Judged:
        """The same decision with more known of the question; the arm stays."""
        policy, before = self.policy(name, bot), judged.decision
        trials = Trials(kept=Kept(before.arm, before.opened))
        decision = decide(policy, facts, judged.grants, judged.at_ms, trials)
        return msgspec.structs.replace(judged, decision=decision, facts=facts)

    def decision_on(self, name: str, bot: Bot, judged: Judged, route: str) -> Decision:
        """Whether the asker may use this very route, as of the decision there is."""
        policy = self.policy(name, bot)
        wanted = next((one for one in policy.routes if one.name == route), None)
        if wanted is None or judged.facts is None:
            return judged.decision
        living = [one for one in judged.grants if one.route == route and one.lives(judged.at_ms)]
        grant = max(living, key=lambda one: one.until_ms, default=None)
        decision = decide_route(policy, wanted, judged.facts, grant)
        return msgspec.structs.replace(decision, arm=judged.decision.arm, opened=judged.decision.opened)

    async def departments_of(
        self, question: Question, bot: Bot, source: Source | None
    ) -> tuple[tuple[int, ...], ...] | None:
        """The chains of the asker's departments, for limits; None: not known now. Never raises."""
        user = question.sender.staff_id
        if not user:
            return ()
        profile = await self.profiles.of(user, source, scope=scope_of(bot), hours=bot.directory.hours)
        return None if profile is None else profile.chains

    async def grants_of(self, bot: str, user: str) -> tuple[Grant, ...]:
        """The person's grants and those of departments; none while Tablestore is away.

        That no department has one is believed for ten seconds: a new one counts that much later, and one that
        was taken back counts no longer at once.
        """
        try:
            own, now_ms = await self.grants.of(bot, user), self.clock()
            if now_ms < self._no_departments_until.get(bot, 0):
                return own
            departments = await self.grants.of_departments(bot)
            if not any(grant.lives(now_ms) for grant in departments):
                self._no_departments_until[bot] = now_ms + _BELIEVED_MS
            return own + departments
        except StateError as error:
            self._log("grants_not_read", level="WARNING", error=str(error))
            return ()


def scope_of(bot: Bot) -> str:
    """Whose directory it is: the organisation's, or the app's where that is not configured."""
    return bot.dingtalk.corp_id or bot.dingtalk.client_id
