"""Writing, publishing and taking back answers. The chat, the command line and the console call these alike.

Whether a person may do it is the caller's to ask (`access/roles.py`, `manage_skills`); what was done is
recorded here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.errors import ConfigurationError, StateError
from rag_on_dingtalk.knowledge.curated.entry import (
    Entry,
    Head,
    Version,
    head_columns,
    read_entry,
    version_columns,
)
from rag_on_dingtalk.knowledge.skills.checking import check_skill
from rag_on_dingtalk.knowledge.skills.skill import LONGEST_ANSWER, Skill, Triggers
from rag_on_dingtalk.observability.events import Act
from rag_on_dingtalk.settings.bot import ONLY_ROUTE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.storage.knowledge.curated import CuratedRows
    from rag_on_dingtalk.storage.rows.client import Columns

_ATTEMPTS = 5
#: Heads and versions, in one request.
_ROWS_OF_A_PAGE = 200


class By(msgspec.Struct, frozen=True):
    """Who acts, when and where.

    who: a staff id, or the name of an access key. at_ms: milliseconds since the epoch.
    source: `chat`, `console` or `command line`.
    """

    who: str
    at_ms: int
    source: str = "chat"


def plain_answer(
    id_: str, answer: str, *, questions: Sequence[str], route: str, owner: str, settings: Bot
) -> Skill:
    """An answer that a person has written, for these questions and the route they were asked by.

    route: empty: the bot has one only.
    """
    return Skill(
        id=id_,
        owner=owner,
        triggers=Triggers(questions=tuple(questions)),
        routes=(route,) if settings.routes and route not in ("", ONLY_ROUTE) else (),
        answer=answer[:LONGEST_ANSWER],
    )


class Curating:
    """The answers that people have written for every bot.

    record: keeps what was done; it never raises.
    """

    def __init__(self, rows: CuratedRows, record: Callable[[Act], Awaitable[object]]) -> None:
        self._rows = rows
        self._record = record

    async def entries(self, bot: str) -> list[Entry]:
        """All of a bot's.

        Raises:
            StateError: Tablestore could not be asked; so with every method here.
        """
        return _entries(await self._rows.all(bot))

    async def page(self, bot: str, *, at: str = "") -> tuple[list[Entry], str]:
        """Some of them, from the id `at` on, and the id where the next page begins; empty: there is none."""
        rows, following = await self._rows.some(bot, at=at, most=_ROWS_OF_A_PAGE)
        found = _entries(rows)
        if not following:
            return found, ""
        # The page may have ended among the versions of its last answer.
        *whole, last = found
        if whole:
            return whole, last.id
        entry = await self.entry(bot, last.id)
        return ([] if entry is None else [entry]), f"{last.id}\0"

    async def entry(self, bot: str, id_: str) -> Entry | None:
        """One of them."""
        rows = await self._rows.of(bot, id_)
        return read_entry(id_, rows) if rows else None

    async def draft(
        self,
        bot: str,
        skill: Skill,
        by: By,
        *,
        routes: Sequence[str],
        gap: str = "",
        turns: Sequence[str] = (),
    ) -> int:
        """Write a new version of `skill.id`; returns its number. Nothing is answered with it yet.

        The same draft of the same person and moment is the same version.
        routes: of the bot.

        Raises:
            ConfigurationError: it cannot be used; says why.
        """
        if skill.calls or skill.is_flow:
            raise ConfigurationError(
                "What people write in a chat or on a page is a plain answer. Put calls and steps into "
                "skills/*.yaml."
            )
        # Who approves it is for the head to say; here it says that the answer is no template.
        skill = msgspec.structs.replace(skill, approved_by=by.who)
        check_skill(skill, where=skill.id, origins=(), routes=routes)
        for _ in range(_ATTEMPTS):
            there = await self.entry(bot, skill.id) or Entry(id=skill.id)
            same = (one for one in there.versions if (one.written_by, one.written_ms) == (by.who, by.at_ms))
            if known := next(same, None):
                return known.number
            number = there.newest + 1
            version = Version(
                skill=msgspec.structs.replace(skill, version=number, percent=None),
                written_by=by.who,
                written_ms=by.at_ms,
                gap=gap,
                turns=tuple(turns),
            )
            if await self._rows.add_version(bot, skill.id, number, version_columns(version)):
                await self._note(bot, skill.id, by, f"draft {number}")
                return number
        raise StateError("contended", "other versions were written at the same time")

    async def publish(self, bot: str, id_: str, version: int, by: By, *, percent: int = 0) -> Entry:
        """Let a version answer from now on, within half a minute on every instance.

        percent: of the people only, beside the version that lives; 0: everyone.

        Raises:
            ConfigurationError: there is no such version.
        """

        def step(there: Entry) -> Head:
            if there.version(version) is None:
                raise ConfigurationError(f"{id_} has no version {version}. Look at `curated show`.")
            head = there.head
            approved = {str(version): (by.who, by.at_ms), **head.approved}
            if percent and head.live and version > head.live:
                return msgspec.structs.replace(head, trial=version, percent=percent, approved=approved)
            before = head.live if head.live != version else head.before
            return Head(live=version, before=before, approved=approved, number=head.number)

        return await self._change(
            bot, id_, by, step, f"published {version}" + f" for {percent} %" * (percent > 0)
        )

    async def roll_back(self, bot: str, id_: str, by: By) -> Entry:
        """End a trial; without one go back to the version that lived before.

        Raises:
            ConfigurationError: there is nothing to go back to.
        """

        def step(there: Entry) -> Head:
            head = there.head
            if head.trial:
                return msgspec.structs.replace(head, trial=0, percent=0)
            if not head.before:
                raise ConfigurationError(f"{id_} had no version before. Withdraw it with `curated withdraw`.")
            return msgspec.structs.replace(head, live=head.before, before=0)

        return await self._change(bot, id_, by, step, "rolled back")

    async def withdraw(self, bot: str, id_: str, by: By) -> Entry:
        """Answer with no version of it any more; all stay to be published again."""

        def step(there: Entry) -> Head:
            head = there.head
            return msgspec.structs.replace(head, live=0, trial=0, percent=0, before=head.live or head.before)

        return await self._change(bot, id_, by, step, "withdrawn")

    async def _change(self, bot: str, id_: str, by: By, step: Callable[[Entry], Head], detail: str) -> Entry:
        for _ in range(_ATTEMPTS):
            there = await self.entry(bot, id_)
            if there is None:
                raise ConfigurationError(
                    f"The bot {bot} has no curated answer {id_}. Look at `curated list`."
                )
            last = (by.who, by.at_ms, detail)
            done = there.head.last == last
            head = there.head if done else msgspec.structs.replace(step(there), last=last)
            number = there.head.number
            if done or await self._rows.change_head(bot, id_, head_columns(head), number=number):
                # After the change itself: a reader of the number reads the change, too.
                await self._rows.changed(bot)
                await self._note(bot, id_, by, detail)
                return msgspec.structs.replace(there, head=head)
        raise StateError("contended", "the answer was changed by others at the same time")

    async def _note(self, bot: str, id_: str, by: By, detail: str) -> None:
        await self._record(
            Act(
                act="answer.curated",
                bot=bot,
                who=by.who,
                at_ms=by.at_ms,
                what=id_,
                source=by.source,
                detail=detail,
            )
        )


def _entries(rows: Iterable[tuple[str, int, Columns]]) -> list[Entry]:
    found: dict[str, list[tuple[int, Columns]]] = {}
    for id_, number, columns in rows:
        found.setdefault(id_, []).append((number, columns))
    return [read_entry(id_, of_one) for id_, of_one in found.items()]
