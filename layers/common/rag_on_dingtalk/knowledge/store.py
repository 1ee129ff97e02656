"""What the skills of all bots keep in Tablestore, as one process sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.knowledge.curated.living import LivingAnswers
from rag_on_dingtalk.knowledge.skills.dialogues import Dialogues
from rag_on_dingtalk.storage.conversations.flows import FlowRows
from rag_on_dingtalk.storage.knowledge.curated import CuratedRows

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.storage.rows.client import Rows


class SkillStore:
    """living: answers written by people. dialogues: where each person is in a skill that asks back.

    clock: milliseconds since the epoch.
    """

    def __init__(self, rows: Rows, *, clock: Callable[[], int], log: LogLine) -> None:
        self.living = LivingAnswers(CuratedRows(rows), clock=clock, log=log)
        self.dialogues = Dialogues(FlowRows(rows), clock=clock)
