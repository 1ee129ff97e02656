"""A skill's own questions, asked of all skills of its bot. Pure: no API is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.knowledge.skills.matching import Message, ready, started_by

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rag_on_dingtalk.knowledge.skills.skill import OwnQuestion, Skill


def failures(skills: Sequence[Skill]) -> Iterator[str]:
    """A sentence for each question that does not come out as its skill says; none: all is well.

    skills: those of one bot. For `check`, `doctor` and `evaluate`.
    """
    all_ready = [ready(skill) for skill in skills]
    for skill in skills:
        for test in skill.tests:
            started = next(iter(started_by(Message.of(test.ask), all_ready)), None)
            if problem := _problem(skill, test, started):
                yield f"The skill {skill.label}, asked {test.ask!r}: {problem}"


def _problem(skill: Skill, test: OwnQuestion, started: Skill | None) -> str:
    mine = started is not None and started.id == skill.id
    if test.starts and started is None:
        return "nothing starts. Add a trigger."
    if test.starts and not mine:
        assert started is not None  # noqa: S101 - as above
        return f"{started.label} starts instead. Make one of their triggers say more."
    if mine and not test.starts:
        return "it starts, and should not. Make its triggers say more."
    first = skill.steps[0].ask if skill.steps else skill.confirm or skill.answer
    if mine and test.says not in first:
        return f"the first reply does not contain {test.says!r}. Correct one of them."
    return ""
