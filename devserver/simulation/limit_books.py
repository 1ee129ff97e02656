"""The books of a bot with limits: each question with an answer is counted once, and no other is. Pure.

What is a breach
- counter out of step: a counter's number is not the number of questions that stand in it.
- more than the limit: more questions, or answers at a time, stand in a counter than it allows.
- counted without an answer: a finished question without an answer stands in a counter. Not when giving it
  back failed because Tablestore was away, which the log says.
- answered without being counted: a question with an answer is missing in a counter that it belongs to. Not
  when it was answered uncounted because Tablestore was away, which the log says, too.
- more at a time than places: answers of one department at the same time, without any disturbance.

The oracle is naive and of its own: it knows who is in which department, and what a limit says.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.access.limits.turn_limits import gives_back
from rag_on_dingtalk.settings.sections.limits import Limit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from random import Random

    from devserver.simulation.books.trace import Event
    from devserver.simulation.plan.draw import Plan, PlannedQuestion
    from devserver.simulation.services.tablestore import Tables

#: Who asks in which chat is in which department; all are in the organisation.
_DEPARTMENTS = {"c0": 100, "c1": 200}
_DISTURBANCES = ("FAULT", "tablestore.", "dingtalk.", "timeout", "failed")
#: What the log says when Tablestore was away, so that a counter may be wrong.
_NOT_COUNTED = ("log.limit_not_counted", "log.claimed_without_tablestore")
_NOT_GIVEN_BACK = "log.limit_not_given_back"


def chains_of(person: str) -> Sequence[Sequence[int]]:
    """The departments of a simulated person."""
    return ((_DEPARTMENTS[person], 1),)


def some_limits(random: Random) -> tuple[Limit, ...]:
    """One to four limits that a few questions reach."""
    drawn = (
        Limit(scope="user", per=random.choice(("minute", "day")), questions=random.randint(1, 3)),
        Limit(scope="group", questions=random.randint(1, 3)),
        Limit(scope="department", questions=random.randint(1, 5), concurrent=random.choice((None, 1))),
        Limit(scope="department", ids=(1,), questions=random.randint(2, 6)),
        Limit(scope="bot", questions=random.randint(1, 6), concurrent=random.choice((None, 1, 2))),
    )
    chosen = tuple(one for one in drawn if random.random() < 0.5)
    return chosen or drawn[:1]


def limit_breaches(
    plan: Plan, asked: Mapping[str, PlannedQuestion], tables: Tables, events: Sequence[Event]
) -> Iterator[tuple[str, str, str]]:
    """(kind, turn id, detail) of each; the first question stands for what concerns none alone."""
    if not plan.limits:
        return
    first = next(iter(asked))
    rows = {
        key: dict(row)
        for key, row in tables.rows.get("counters", {}).items()
        if str(key[0]).startswith("limit:") and "n" in row
    }
    for key, row in rows.items():
        name = " ".join(map(str, key))
        counted = sum(bool(value) for column, value in row.items() if column != "n")
        if row["n"] != counted:
            yield "counter out of step", first, f"{name}: {row['n']} and {counted} questions"
        most = _most(plan.limits, *map(str, key))
        if int(row["n"]) > most:
            yield "more than the limit", first, f"{name}: {row['n']} of {most}"
    for turn_id, planned in asked.items():
        yield from _of_question(plan, turn_id, planned, tables, events, rows)
    yield from _at_a_time(plan, asked, events)


def _of_question(
    plan: Plan,
    turn_id: str,
    planned: PlannedQuestion,
    tables: Tables,
    events: Sequence[Event],
    rows: Mapping[tuple[Any, ...], Mapping[str, Any]],
) -> Iterator[tuple[str, str, str]]:
    turn = tables.turn(turn_id)
    if turn is None or not tables.row_state(turn)[1]:
        return
    said = {event.kind for event in events if event.turn_id == turn_id}
    stands_in = {str(key[0]) for key, row in rows.items() if row.get(turn_id) and key[1] != "places"}
    if gives_back(str(turn["failure"]), shown=bool(str(turn["answer"]).strip())):
        if stands_in and _NOT_GIVEN_BACK not in said:
            yield "counted without an answer", turn_id, f"{turn['failure']}: {', '.join(sorted(stands_in))}"
        return
    missing = _belongs_to(plan, planned) - stands_in
    if missing and said.isdisjoint(_NOT_COUNTED):
        yield "answered without being counted", turn_id, ", ".join(sorted(missing))


def _belongs_to(plan: Plan, planned: PlannedQuestion) -> set[str]:
    found = set()
    for limit in plan.limits:
        if limit.questions is None:
            continue
        ids = {
            "user": planned.chat,
            "group": planned.chat if planned.group else None,
            "department": "1" if limit.ids else str(_DEPARTMENTS[planned.chat]),
            "bot": "",
        }
        id_ = ids[limit.scope]
        if id_ is not None:
            found.add(f"limit:handbook:{limit.scope}:{id_}")
    return found


def _most(limits: Sequence[Limit], scope: str, window: str) -> int:
    """What a counter allows; a department may borrow up to what the bot has, and is unbounded without."""
    _, _, kind, id_ = scope.split(":", 3)
    named = [one for one in limits if one.scope == kind and (not one.ids or id_ in map(str, one.ids))]
    named.sort(key=lambda one: not one.ids)
    if window != "places":
        return next((one.questions for one in named if one.questions), 0)
    whole = max((one.concurrent or 0 for one in limits if one.scope == "bot"), default=0)
    return max(next((one.concurrent for one in named if one.concurrent), 0), whole)


def _at_a_time(
    plan: Plan, asked: Mapping[str, PlannedQuestion], events: Sequence[Event]
) -> Iterator[tuple[str, str, str]]:
    whole = next((one.concurrent for one in plan.limits if one.scope == "bot" and one.concurrent), None)
    share = next(
        (one.concurrent for one in plan.limits if one.scope == "department" and one.concurrent), None
    )
    running: Counter[int] = Counter()
    found = []
    for event in events:
        if event.kind.startswith(_DISTURBANCES):
            return
        if event.kind not in ("asked", "asked.over"):
            continue
        department = _DEPARTMENTS[asked[event.turn_id].chat]
        running[department] += 1 if event.kind == "asked" else -1
        if whole is not None and sum(running.values()) > whole:
            found.append(
                ("more at a time than places", event.turn_id, f"of the bot: {sum(running.values())}")
            )
        if share is not None and whole is None and running[department] > share:
            found.append(
                ("more at a time than places", event.turn_id, f"{department}: {running[department]}")
            )
    yield from found
