"""What people do to a bot beside asking it: their roles are asked first, and it is recorded either way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from rag_on_dingtalk.access.roles import permission
from rag_on_dingtalk.observability.events import Act

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.access.roles import Verb
    from rag_on_dingtalk.settings.bot import Bot


class Recorder(Protocol):
    """Where acts are recorded; `storage.journal.auditor.Auditor`."""

    async def record(self, act: Act) -> bool:
        """Record an act or a refusal. Never raises."""
        ...


class Acts:
    """Asks the policy of roles, and records what came of it. No method raises.

    clock: milliseconds since the epoch.
    """

    def __init__(self, recorder: Recorder, *, clock: Callable[[], int]) -> None:
        self._recorder = recorder
        self._clock = clock

    async def allowed(self, verb: Verb, act: str, *, name: str, bot: Bot, who: str, what: str = "") -> bool:
        """Whether this person may do this act; a refusal is recorded.

        act: a name of `observability/audit/vocabulary.py`. name: of the bot. who: a staff id.
        """
        found = permission(who, verb, bot)
        if not found.allowed:
            await self.refused(act, name=name, who=who, what=what, rule=f"no role may {verb}")
        return found.allowed

    async def done(
        self,
        act: str,
        *,
        name: str,
        who: str,
        what: str,
        rule: str = "",
        detail: str = "",
        source: str = "chat",
    ) -> None:
        """Record what was done. To be called when Tablestore has confirmed it.

        rule: what allowed it. detail: never a secret's value or a word of a question.
        """
        await self._recorder.record(
            Act(
                act=act,
                bot=name,
                who=who,
                what=what,
                rule=rule,
                source=source,
                detail=detail,
                at_ms=self._clock(),
            )
        )

    async def refused(self, act: str, *, name: str, who: str, what: str, rule: str) -> None:
        """Record what a person in the chat was refused, and because of which rule."""
        await self._recorder.record(
            Act(
                act=act,
                bot=name,
                who=who,
                what=what,
                result="refused",
                rule=rule,
                source="chat",
                at_ms=self._clock(),
            )
        )
