"""No answer crosses the border of rights, and no two questions that differ in a word share one."""

from __future__ import annotations

import unicodedata
from random import Random
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag_on_dingtalk.access.decision import decide, permitted
from rag_on_dingtalk.access.policy import policy_of
from rag_on_dingtalk.knowledge.cache_key import cache_key, may_share, plain_words
from tests.builders import NOW_MS, a_question
from tests.examples import examples
from tests.unit.access.decisions import oracle
from tests.unit.access.decisions.policies import a_person, a_policy, some_grants
from tests.unit.access.decisions.test_random_policies import facts

if TYPE_CHECKING:
    from rag_on_dingtalk.settings.bot import Bot
    from tests.unit.access.decisions.oracle import Person

_DAY_MS = 86_400_000
PAIRS = (
    ("2025 年的年假有几天？", "2026 年的年假有几天？"),
    ("试用期可以请假吗？", "试用期不可以请假吗？"),
    ("上海的住宿标准是多少？", "北京的住宿标准是多少？"),
    ("报销要不要发票？", "报销要发票？"),
    ("10 天以内的病假", "1 0 天以内的病假"),
    ("版本 1.5 支持吗？", "版本 15 支持吗？"),
    ("上海、北京的差旅标准", "上海北京的差旅标准"),
    ("10² 平方米", "102 平方米"),
    ("½ 天怎么请？", "1/2 天怎么请？"),
    ("张三的工位在哪？", "张山的工位在哪？"),
    ("-5 度以下停工吗？", "5 度以下停工吗？"),
    ("不超过 500 元的报销", "超过 500 元的报销"),
    ("3 月 1 日放假吗？", "31 日放假吗？"),
    ("周一的班车", "周日的班车"),
)
SAME = (
    ("年假有几天？", "年假有几天"),
    ("VPN  怎么连？", "ｖｐｎ 怎么连?"),
    ("年假\u200b有几天？ ", "年假有几天？"),
)


def key(text: str, bot: str = "handbook", route: str = "r", at_ms: int = NOW_MS, **more: str) -> str:
    fields = {"arm": "", "version": "v", **more}
    return cache_key(
        a_question(text=text, bot=bot, asked_ms=at_ms), route=route, permitted=("a", "b"), **fields
    )


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_numbers_dates_negations_and_names_never_share_an_answer(first: str, second: str) -> None:
    shared = all(may_share(a_question(text=one)) for one in (first, second))

    assert not shared or key(first) != key(second)


@pytest.mark.parametrize(("first", "second"), SAME)
def test_width_case_and_what_is_unseen_make_no_difference(first: str, second: str) -> None:
    assert may_share(a_question(text=first))
    assert key(first) == key(second)


def test_everything_an_answer_depends_on_is_in_its_key() -> None:
    keys = [
        key("年假？"),
        key("年假？", bot="other"),
        key("年假？", route="other"),
        key("年假？", arm="b"),
        key("年假？", version="w"),
        key("年假？", at_ms=NOW_MS + _DAY_MS),
        cache_key(a_question(text="年假？"), route="r", permitted=("a",), arm="", version="v"),
    ]

    assert len(set(keys)) == len(keys)
    # The order in which rights are told is none of it.
    turned = cache_key(a_question(text="年假？"), route="r", permitted=("b", "a"), arm="", version="v")
    assert turned == keys[0]


def test_today_is_another_day_tomorrow_in_beijing() -> None:
    before_midnight = 1_795_967_999_000  # 2026-11-29T23:59:59 in Beijing

    assert key("今天食堂吃什么？", at_ms=before_midnight) != key(
        "今天食堂吃什么？", at_ms=before_midnight + 2_000
    )


@settings(max_examples=examples(300), deadline=None, database=None)
@given(st.integers(min_value=0, max_value=2**64))
def test_who_shares_a_key_has_the_same_rights_as_a_naive_reading_of_the_settings_gives(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - test data
    bot = a_policy(random)
    text = random.choice(("年假?", "报销？"))
    found: dict[str, tuple[str, frozenset[str]]] = {}
    for _ in range(4):
        person = a_person(random)
        grants = some_grants(random, person.user)
        known = facts(person, known=random.random() < 0.8)
        policy = policy_of(bot)
        decision = decide(policy, known, grants, NOW_MS)
        if not decision.allowed:
            continue
        one = cache_key(
            a_question(text=text),
            route=decision.route,
            permitted=permitted(policy, known, grants, NOW_MS, decision.opened),
            arm="",
            version="v",
        )
        rights = _rights(bot, person, oracle.granted_now(grants, NOW_MS), known.depths is not None)
        if rights is not None:
            assert found.setdefault(one, (decision.route, rights)) == (decision.route, rights)


def _rights(bot: Bot, person: Person, granted: set[str], known: bool) -> frozenset[str] | None:  # noqa: FBT001 - a test's own
    """The truth; None while the bot does not know it, and may know less than there is."""
    if not known and person.user:
        return None
    return frozenset(
        route.name
        for route in bot.all_routes
        if oracle.may(bot, person, route.name, granted)
        and oracle.takes(
            msgspec.structs.replace(route, when=msgspec.structs.replace(route.when, question=None)),
            person,
            granted=bool(oracle.names_of(bot, route.name) & granted),
        )
    )


@settings(max_examples=examples(300), deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_questions_with_one_key_have_the_same_letters_and_digits(first: str, second: str) -> None:
    if plain_words(first) == plain_words(second) and all(
        may_share(a_question(text=one)) for one in (first, second)
    ):
        assert _digits(first) == _digits(second)


@settings(max_examples=examples(200), deadline=None)
@given(st.text(alphabet="年假2025６不 可以?？.，\u200b²½aA我", max_size=12), st.data())
def test_a_digit_changed_or_a_word_left_out_is_another_question(text: str, data: st.DataObject) -> None:
    digits = [at for at, one in enumerate(text) if unicodedata.category(one) == "Nd"]
    if not digits:
        return
    at = data.draw(st.sampled_from(digits))
    other = text[:at] + str((unicodedata.digit(text[at]) + 1) % 10) + text[at + 1 :]
    without = text[:at] + text[at + 1 :]

    assert plain_words(other) != plain_words(text) != plain_words(without) or "00" in text or "11" in text


def _digits(text: str) -> list[int]:
    return [unicodedata.digit(one) for one in text if unicodedata.category(one) == "Nd"]


@pytest.mark.parametrize(
    "text",
    [
        "我的年假",
        "咱们几点下班",
        "本人申请什么",
        "What is my leave?",
        "自己怎么报销",
        "ＭＹ leave",
        "Can I go?",
    ],
)
def test_who_asks_about_themselves_shares_nothing(text: str) -> None:
    assert not may_share(a_question(text=text))


@pytest.mark.parametrize("text", ["mysql 怎么连？", "What is the limit?", "IT 部在几楼？", "你们几点下班"])
def test_a_word_that_only_contains_a_pronoun_is_none(text: str) -> None:
    assert may_share(a_question(text=text))
