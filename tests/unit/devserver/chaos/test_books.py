"""The books see every way in which a question may have no answer, or one too many."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devserver.chaos.books.attribution import is_notice
from devserver.chaos.books.balance import Kind, balance
from devserver.chaos.books.evidence import (
    Asked,
    Broken,
    Creation,
    Evidence,
    SentFrame,
    ShownCard,
    ShownMessage,
    StoredTurn,
    Worked,
)
from devserver.chaos.books.order import out_of_place
from devserver.chaos.collecting import worked_of
from emulators.function_compute import InstanceRun, Stall
from rag_on_dingtalk import texts
from rag_on_dingtalk.cloud.job_codec import encode_job
from rag_on_dingtalk.errors import FailureKind
from tests.builders import a_question

KILLED = Worked("t1", "a", 0.0, 10.1, killed=True)
BUSY = texts.Texts("zh").failure(FailureKind.BUSY)


def asked(number: int = 1, **changes: object) -> Asked:
    token = f"〔{number:04}〕"
    known: dict[str, object] = {
        "number": number,
        "token": token,
        "turn_id": f"t{number}",
        "chat": "c",
        "session": "s",
        "at": float(number),
    }
    return Asked(**{**known, **changes})  # type: ignore[arg-type]  # the fields, by name


def card(number: int = 1, text: str = "年假有 5 天。", closed_at: float | None = 10.0) -> ShownCard:
    return ShownCard(f"t{number}", text, closed_at)


def message(text: str = "关于〔0001〕：5 天。", at: float = 10.0, chat: str = "c") -> ShownMessage:
    return ShownMessage(chat, text, at)


def turn(number: int = 1, status: str = "done", parts: tuple[str, ...] = ()) -> StoredTurn:
    return StoredTurn(f"t{number}", status, parts)


def kinds(evidence: Evidence) -> list[Kind]:
    return [breach.kind for breach in balance(evidence).breaches]


@pytest.mark.parametrize(
    "evidence",
    [
        Evidence((asked(),), cards=(card(),), turns=(turn(),)),
        Evidence((asked(),), messages=(message(),), turns=(turn(),)),
        Evidence((asked(taken=False, told_at_once=1),)),
    ],
    ids=["card", "message", "told at once"],
)
def test_one_answer_is_in_order(evidence: Evidence) -> None:
    books = balance(evidence)

    assert books.hold(order=True)
    assert sum(books.outcomes.values()) == 1


@pytest.mark.parametrize(
    ("evidence", "kind"),
    [
        (Evidence((asked(),), turns=(turn(),)), "no answer"),
        (Evidence((asked(),), cards=(card(text=" "),), turns=(turn(),)), "blank answer"),
        (
            Evidence((asked(),), cards=(card(closed_at=None),), messages=(message(),), turns=(turn(),)),
            "card left open",
        ),
        (Evidence((asked(),), cards=(card(), card()), turns=(turn(),)), "two cards"),
        (Evidence((asked(),), cards=(card(),), messages=(message(),), turns=(turn(),)), "card and message"),
        (
            Evidence((asked(finished=2),), messages=(message(), message(at=11.0)), turns=(turn(),)),
            "two messages",
        ),
        (
            Evidence(
                (asked(),),
                cards=(card(),),
                turns=(turn(),),
                broken=(Broken("t1", "the card is already FINISHED; a finalize frame came after it"),),
            ),
            "closed twice",
        ),
        (
            Evidence(
                (asked(),),
                cards=(card(),),
                turns=(turn(),),
                broken=(Broken("t1", "the card is already FINISHED; a text frame came after it"),),
            ),
            "frame after the final one",
        ),
        (
            Evidence(
                (asked(),),
                cards=(card(),),
                turns=(turn(),),
                broken=(Broken("t1", "the card is already FINISHED; a error frame came after it"),),
            ),
            "closed twice",
        ),
        (
            Evidence(
                (asked(),),
                cards=(card(),),
                turns=(turn(),),
                frames=tuple(SentFrame("t1", one, at) for at, one in enumerate("aba")),
                work=(Worked("t1", "a", 0.0, 9.0), Worked("t1", "b", 1.0, 9.0)),
            ),
            "two writers",
        ),
        (Evidence((asked(),), cards=(card(),), turns=(turn(status="answering"),)), "turn left open"),
        (Evidence((asked(),), cards=(card(),)), "turn left open"),
        (
            Evidence((asked(),), cards=(card(),), messages=(message("谁问的？"),), turns=(turn(),)),
            "message to no question",
        ),
        (Evidence((asked(),), cards=(card(),), turns=(turn(),), running=("answer x",)), "still running"),
    ],
)
def test_every_other_number_of_answers_is_a_breach(evidence: Evidence, kind: Kind) -> None:
    assert kinds(evidence) == [kind]


def test_a_sentence_without_token_belongs_to_the_turn_whose_reply_it_was() -> None:
    evidence = Evidence(
        (asked(1), asked(2)),
        cards=(card(1),),
        messages=(message(f"@chaos0001\n\n{BUSY}"),),
        turns=(turn(1), turn(2, "failed", (BUSY,))),
    )

    assert balance(evidence).outcomes == {"answered on a card": 1, "failure sentence by message": 1}


def test_the_same_sentence_once_too_often_is_seen() -> None:
    evidence = Evidence(
        (asked(1, finished=2), asked(2, finished=2)),
        messages=tuple(message(BUSY, at) for at in (10.0, 11.0, 12.0)),
        turns=(turn(1, "failed", (BUSY,)), turn(2, "failed", (BUSY,))),
    )

    assert kinds(evidence) == ["two messages"]


def test_a_message_doubled_by_a_killed_sender_is_counted_apart() -> None:
    twice = Evidence((asked(finished=1),), messages=(message(), message(at=11.0)), turns=(turn(),))
    books = balance(replace(twice, work=(KILLED,)))

    assert (books.doubled, books.breaches) == (("t1",), ())


@pytest.mark.parametrize(
    "work", [(), (Worked("t1", "a", 0.0, 9.0),), (Worked("t2", "a", 0.0, 9.0, killed=True),)]
)
def test_a_message_doubled_though_no_sender_of_it_was_killed_is_a_breach(work: tuple[Worked, ...]) -> None:
    twice = Evidence((asked(finished=1),), messages=(message(), message(at=11.0)), turns=(turn(),))

    assert kinds(replace(twice, work=work)) == ["two messages"]


#: Delivered twice, to two instances.
TWO = (Worked("t1", "a", 0.0, 9.0), Worked("t1", "b", 0.0, 9.0))


@pytest.mark.parametrize(
    ("shown", "kind"),
    [
        ({"messages": (message(), message(at=11.0))}, "two messages"),
        ({"messages": (message(),), "cards": (card(),)}, "card and message"),
        (
            {"cards": (card(),), "broken": (Broken("t1", "FINISHED; a finalize frame came after it"),)},
            "closed twice",
        ),
    ],
)
def test_a_second_answer_is_excused_where_one_instance_was_without_tablestore(
    shown: dict[str, Any], kind: Kind
) -> None:
    twice = Evidence((asked(finished=2, blind=1),), turns=(turn(),), work=TWO, **shown)
    of_one = replace(twice, work=TWO[:1])
    none_blind = replace(twice, asked=(asked(finished=2),))
    third = replace(twice, messages=(*twice.messages, message(at=12.0), message(at=13.0)))
    three_blind = replace(third, asked=(asked(finished=2, blind=3),))

    assert balance(twice).breaches == ()
    assert balance(three_blind).breaches == ()
    assert (kinds(of_one), kinds(none_blind)) == ([kind], [kind])
    assert "two messages" in kinds(third)


def test_beside_an_answer_without_tablestore_a_killed_sender_excuses_a_doubled_message() -> None:
    work = (
        Worked("t1", "a", 0.0, 5.0),
        Worked("t1", "b", 6.0, 10.5, killed=True),
        Worked("t1", "c", 11.0, 12.0),
    )
    sorry = "抱歉：〔0001〕"
    said = (message(at=4.0), message(sorry, at=10.0), message(sorry, at=11.5))
    evidence = Evidence((asked(finished=1, blind=1),), messages=said, turns=(turn(),), work=work)
    not_killed = replace(evidence, work=(*work[:1], replace(work[1], killed=False), *work[2:]))
    other_words = replace(evidence, messages=(*said[:2], message(at=11.5)))
    none_blind = replace(evidence, asked=(asked(finished=1),))

    assert kinds(evidence) == []
    for worse in (not_killed, other_words, none_blind):
        assert kinds(worse) == ["two messages"]


def test_the_same_words_with_a_mention_and_without_are_one_message_doubled() -> None:
    twice = (message("@user1\n\n关于〔0001〕：5 天。", at=1.0), message(at=2.0))
    books = balance(Evidence((asked(finished=1),), messages=twice, turns=(turn(),), work=(KILLED,)))
    assert (books.doubled, books.breaches) == (("t1",), ())


def test_what_tells_of_an_answer_or_of_an_incident_is_no_answer() -> None:
    say = texts.Texts("zh").say
    notices = (
        say("crowded"),
        f"@user1\n\n{say('answer_ready')}",
        "**🟢 助手：已恢复（回答太慢）**\n\n持续 1 分钟",
    )

    assert [is_notice(text) for text in (*notices, "关于〔0001〕：5 天。")] == [True, True, True, False]


def test_a_message_doubled_by_one_that_lost_its_claim_is_no_kill() -> None:
    evidence = Evidence(
        (asked(finished=1, lost_at=10.5),),
        messages=(message(), message(at=11.0)),
        turns=(turn(),),
        work=(KILLED,),
    )

    assert kinds(evidence) == ["two messages"]


@pytest.mark.parametrize(
    ("stood_still", "expected"),
    [
        ((10.1, 15.0), []),
        # Before the message had left, or when its record was there.
        ((5.0, 9.9), ["two messages"]),
        ((11.1, 15.0), ["two messages"]),
    ],
)
def test_a_message_doubled_by_a_sender_that_stood_still_before_its_record_is_excused(
    stood_still: tuple[float, float], expected: list[str]
) -> None:
    # It wakes, and hears that its claim is lost.
    evidence = Evidence(
        (asked(finished=1, lost_at=15.2),),
        messages=(message(), message(at=11.0)),
        turns=(turn(),),
        work=(Worked("t1", "a", 9.0, 16.0, stood_still=(stood_still,)), Worked("t1", "b", 10.5, 11.2)),
    )
    both_say_so = replace(evidence, asked=(asked(finished=2, lost_at=15.2),))

    assert kinds(evidence) == expected
    assert kinds(both_say_so) == ["two messages"]


CLOSED_TWICE = Broken("t1", "the card is already FINISHED; a finalize frame came after it")


@pytest.mark.parametrize(
    ("whole", "work", "excused"),
    [
        (Creation("a", 10.0, heard=False), (), True),
        (Creation("a", 10.0), (Worked("t1", "a", 9.0, 10.2, killed=True),), True),
        (Creation("a", 10.0), (Worked("t1", "a", 9.0, 30.0, stood_still=((10.1, 20.0),)),), True),
        (Creation("a", 10.0), (Worked("t1", "a", 9.0, 10.2),), False),
        # It had come to itself before the card; it was another one that was killed.
        (Creation("a", 10.0), (Worked("t1", "a", 9.0, 30.0, stood_still=((5.0, 9.9),)),), False),
        (Creation("a", 10.0), (Worked("t1", "b", 9.0, 10.2, killed=True),), False),
        # Not created with the answer on it: it was written and closed.
        (None, (Worked("t1", "a", 9.0, 10.2, killed=True),), False),
    ],
)
def test_a_message_after_a_card_with_the_whole_answer_is_excused_where_the_creation_is_in_doubt(
    whole: Creation | None, work: tuple[Worked, ...], *, excused: bool
) -> None:
    evidence = Evidence(
        (asked(),),
        cards=(replace(card(), whole=whole),),
        messages=(message(at=12.0),),
        turns=(turn(),),
        broken=(CLOSED_TWICE,),
        work=work,
    )

    assert kinds(evidence) == ([] if excused else ["card and message", "closed twice"])
    assert balance(evidence).doubled == (("t1",) if excused else ())


def test_a_creation_in_doubt_excuses_one_message() -> None:
    evidence = Evidence(
        (asked(),),
        cards=(replace(card(), whole=Creation("a", 10.0, heard=False)),),
        messages=(message(at=12.0), message(at=13.0)),
        turns=(turn(),),
    )

    assert kinds(evidence) == ["two messages"]


@pytest.mark.parametrize(("instance", "stalls"), [("i1", ((11.0, 13.0),)), ("i2", ())])
def test_an_invocation_stood_still_when_its_own_instance_did_while_it_ran(
    instance: str, stalls: tuple[tuple[float, float], ...]
) -> None:
    run = InstanceRun("answer", instance, "r1", encode_job(a_question()), began=10.0, ended=14.0)

    worked = worked_of(run, [Stall("i1", 11.0, 13.0), Stall("i1", 2.0, 9.0), Stall("i1", 14.5, 16.0)])

    assert worked is not None
    assert worked.stood_still == stalls


def test_an_answer_before_an_earlier_one_of_its_session_is_out_of_order() -> None:
    books = balance(
        Evidence(
            (asked(1), asked(2), asked(3, session="other")),
            cards=(card(1, closed_at=20.0), card(2, closed_at=15.0), card(3, closed_at=12.0)),
            turns=(turn(1), turn(2), turn(3)),
        )
    )

    assert books.out_of_order == ("t1",)
    assert books.hold()
    assert not books.hold(order=True)


def test_one_late_answer_is_one_out_of_order_however_many_came_before_it() -> None:
    line = tuple(asked(number) for number in range(1, 6))
    at = {"t1": 1.0, "t2": 9.0, "t3": 3.0, "t4": 4.0, "t5": 5.0}

    assert out_of_place(line, at) == ("t2",)


@given(st.lists(st.floats(min_value=0, max_value=9), max_size=12))
def test_without_those_out_of_order_the_line_is_in_order(times: list[float]) -> None:
    line = tuple(asked(number) for number in range(1, len(times) + 1))
    at = {one.turn_id: time for one, time in zip(line, times, strict=True)}

    late = out_of_place(line, at)
    kept = [time for turn, time in at.items() if turn not in late]

    assert kept == sorted(kept)


def test_housekeeping_may_write_on_any_card_and_other_questions_invocations_on_none() -> None:
    sent = tuple(SentFrame("t1", one, at) for at, one in enumerate("aba"))
    mine = (Worked("t1", "a", 0.0, 9.0), Worked("t1", "b", 1.0, 9.0))
    known = Evidence((asked(),), cards=(card(),), turns=(turn(),), frames=sent)

    assert kinds(replace(known, work=(*mine, Worked("", "a", 2.0, 9.0)))) == []
    assert kinds(replace(known, work=(*mine, Worked("t2", "a", 2.0, 9.0)))) == ["two writers"]


def test_a_question_given_back_is_told_from_an_answer() -> None:
    text = texts.Texts("zh").say("given_up", question="年假有几天？〔0001〕")
    books = balance(Evidence((asked(),), messages=(message(text),), turns=(turn(status="failed"),)))

    assert books.outcomes == {"given back by message": 1}


def test_a_refused_delivery_beside_an_answered_one_is_counted_apart() -> None:
    books = balance(Evidence((asked(told_at_once=1),), cards=(card(),), turns=(turn(),)))

    assert (books.told_and_answered, books.breaches) == (("t1",), ())
