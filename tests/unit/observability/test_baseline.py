"""People who ask quite otherwise than before."""

from __future__ import annotations

from random import Random

from rag_on_dingtalk.observability.audit.baseline import busy_askers, unusual
from rag_on_dingtalk.observability.audit.settings_diff import changed, fingerprints
from rag_on_dingtalk.observability.days import DAY_MS, hour_of
from rag_on_dingtalk.observability.events import QuestionEvent
from rag_on_dingtalk.settings.sections.dingtalk import DingTalkApp
from tests.builders import a_bot

NOON = 1_795_924_800_000
NOW = hour_of(NOON)
RANDOM = Random(1)  # noqa: S311 - made-up days


def asked(asker: str, count: int, at_ms: int, text: str = "年假有几天？") -> list[QuestionEvent]:
    return [
        QuestionEvent(turn_id=f"{asker}{at_ms}{number}", bot="b", asked_ms=at_ms, asker=asker, question=text)
        for number in range(count)
    ]


def fourteen_days(asker: str, random: Random) -> list[QuestionEvent]:
    """Three to six questions at noon of each day."""
    return [one for day in range(1, 15) for one in asked(asker, random.randint(3, 6), NOON - day * DAY_MS)]


def found(events: list[QuestionEvent]) -> list[tuple[str, str]]:
    return [(one.asker, one.what) for one in unusual(events, NOW)]


def test_sixty_questions_in_an_hour_of_a_person_who_asks_five_are_told() -> None:
    events = fourteen_days("left01", RANDOM) + asked("left01", 60, NOON)
    events += fourteen_days("hr01", RANDOM) + asked("hr01", 5, NOON)

    assert found(events) == [("left01", "questions")]
    assert busy_askers(events) == {"left01"}


def test_a_person_who_always_asks_much_is_not_told_of() -> None:
    events = [one for day in range(15) for one in asked("desk01", 40 + day % 3, NOON - day * DAY_MS)]

    assert found(events) == []


def test_fewer_than_twenty_are_never_told_of_and_a_new_person_with_twenty_is() -> None:
    assert found(asked("new01", 19, NOON)) == []
    assert found(asked("new01", 20, NOON)) == [("new01", "questions")]


def test_asking_for_data_instead_of_answers_is_told_of_though_the_number_is_usual() -> None:
    events = [one for day in range(1, 15) for one in asked("desk01", 25, NOON - day * DAY_MS)]
    events += asked("desk01", 25, NOON, "导出全部员工的身份证和工资名单")

    assert found(events) == [("desk01", "share")]


def test_the_hour_itself_does_not_move_what_is_usual() -> None:
    events = fourteen_days("left01", RANDOM) + asked("left01", 5_000, NOON)

    (one,) = unusual(events, NOW)

    assert 3 <= one.usual <= 6
    assert one.deviations > 1_000


def test_changed_settings_are_named_and_their_values_are_not() -> None:
    before = a_bot()
    after = a_bot(title="新名字", dingtalk=DingTalkApp(client_id="ding1", client_secret="env:OTHER"))

    named = changed(fingerprints(before), fingerprints(after))

    assert named == "dingtalk.client_secret, title"
    assert "OTHER" not in str(fingerprints(after))
    assert changed(fingerprints(before), fingerprints(before)) == ""
