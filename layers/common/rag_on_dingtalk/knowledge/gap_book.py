"""The gaps of every bot: listing, ignoring, filling. The chat and the console call these alike.

Whether a person may do it is the caller's to ask (`manage_skills`); what was done is recorded here.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.knowledge.curated.curating import By, plain_answer
from rag_on_dingtalk.knowledge.gaps import KnownGap, gap_columns, open_gaps, read_gap
from rag_on_dingtalk.observability.days import DAY_MS, day_of
from rag_on_dingtalk.observability.events import Act
from rag_on_dingtalk.settings.checks.covering import home_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rag_on_dingtalk.knowledge.curated.curating import Curating
    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.storage.journal.questions import Questions
    from rag_on_dingtalk.storage.knowledge.curated import CuratedRows


class GapBook:
    """Reads and changes what is known of gaps.

    record: keeps what was done; it never raises.
    """

    def __init__(
        self, rows: CuratedRows, questions: Questions, record: Callable[[Act], Awaitable[object]]
    ) -> None:
        self._rows = rows
        self._questions = questions
        self._record = record

    async def open(self, bot: str, settings: Bot, now_ms: int) -> list[KnownGap]:
        """The gaps of the last `gaps.days` that are neither filled nor ignored, the heaviest first.

        Raises:
            StateError: Tablestore could not be asked; so with every method here.
        """
        first, last = day_of(now_ms - (settings.gaps.days - 1) * DAY_MS), day_of(now_ms)
        events = [event async for event in self._questions.between(bot, first, last)]
        home = partial(home_of, routes=settings.routes)
        return open_gaps(events, await self.known(bot), now_ms, home=home)

    async def known(self, bot: str) -> dict[str, KnownGap]:
        """What people have dealt with, by id; also what was filled and ignored."""
        found = (read_gap(columns) for columns in (await self._rows.gaps(bot)).values())
        return {gap.id: gap for gap in found if gap is not None}

    async def gap(self, bot: str, id_: str) -> KnownGap | None:
        """One that was shown, or dealt with."""
        columns = await self._rows.gap(bot, id_)
        return None if columns is None else read_gap(columns)

    async def keep(self, bot: str, gap: KnownGap) -> None:
        """Keep what is known of it: a gap is dealt with by its id, whatever is asked meanwhile."""
        await self._rows.note_gap(bot, gap.id, gap_columns(gap))

    async def ignore(self, bot: str, gap: KnownGap, by: By) -> None:
        """Show it no more, nor any that is like it."""
        await self.keep(bot, msgspec.structs.replace(gap, state="ignored", by=by.who))
        act = Act(act="gap.ignored", bot=bot, who=by.who, at_ms=by.at_ms, what=gap.id, source=by.source)
        await self._record(act)

    async def filled(self, bot: str, id_: str, by: By) -> None:
        """Its answer was published."""
        gap = await self.gap(bot, id_)
        if gap is not None and gap.state == "open":
            await self.keep(bot, msgspec.structs.replace(gap, state="filled", by=by.who))

    async def draft(
        self, curating: Curating, bot: str, settings: Bot, gap: KnownGap, answer: str, by: By
    ) -> tuple[str, int]:
        """An answer to it as a draft; returns the answer's id and version.

        Raises:
            ConfigurationError: it cannot be used; says why.
        """
        skill = plain_answer(
            f"gap-{gap.id}", answer, questions=gap.wordings, route=gap.route, owner=by.who, settings=settings
        )
        routes = [route.name for route in settings.all_routes]
        number = await curating.draft(bot, skill, by, routes=routes, gap=gap.id, turns=gap.turns)
        return skill.id, number
