"""How much may be asked: by one person, in one group, by one department, of the whole bot."""

from __future__ import annotations

from typing import Literal

from rag_on_dingtalk.settings.strict import Count, Strict

Scope = Literal["user", "group", "department", "bot"]
Period = Literal["minute", "day"]


class Limit(Strict, frozen=True, kw_only=True):
    """One limit; a question has to fit into all of them.

    scope: whose questions are counted together: those of each user, each group, each department, or all of
        the bot's.
    ids: only these users (staff ids), groups (`conversationId`) or departments, a department with everything
        below it. None named: each by itself, and a department without what it is a part of.
    per: in what time `questions` may be asked: a minute, or a day in China.
    questions: asked in that time at most.
    concurrent: answered at the same time at most; more wait a while. A department may take more than its
        share while the whole bot (`scope: bot`) has less than 80 % of its places in use.
    store_away: what becomes of a question while Tablestore cannot be asked: `answer` it uncounted, or
        `refuse` it.
    """

    scope: Scope
    ids: tuple[str | int, ...] = ()
    per: Period = "day"
    questions: Count | None = None
    concurrent: Count | None = None
    store_away: Literal["answer", "refuse"] = "answer"
