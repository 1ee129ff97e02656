"""The bot's own name is no part of a question; the names of people are."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.dingtalk.inbound.contents import is_wordless, read_contents
from rag_on_dingtalk.dingtalk.inbound.invisible import trimmed, without_unseen
from rag_on_dingtalk.dingtalk.inbound.mentions import UNNAMED, named, without_bot
from rag_on_dingtalk.models.question import Mention

TITLE = "制度小助手"
BOT = "$:LWCP_v1:$exampleBot"
BOT_ENTRY = {"dingtalkId": BOT}
HAN = {"dingtalkId": "$:LWCP_v1:$han", "staffId": "user0101"}
LI = {"dingtalkId": "$:LWCP_v1:$li", "staffId": "user0102"}
OUTSIDER = {"dingtalkId": "$:LWCP_v1:$out", "staffId": ""}


def asked(text: str, *listed: dict[str, Any]) -> str:
    body = {"msgtype": "text", "text": {"content": text}, "atUsers": list(listed), "chatbotUserId": BOT}
    return read_contents(body, "text", TITLE).text


def asked_in_runs(*runs: object) -> str:
    body = {"msgtype": "richText", "content": {"richText": list(runs)}, "chatbotUserId": BOT}
    return read_contents(body, "richText", TITLE).text


@pytest.mark.parametrize(
    ("text", "listed", "expected"),
    [
        (" 几号发工资？", (BOT_ENTRY,), "几号发工资？"),
        ("  归谁管？", (BOT_ENTRY, HAN), "@user0101 归谁管？"),
        ("  归谁管？", (HAN, BOT_ENTRY), "@user0101 归谁管？"),
        ("   谁先到？", (BOT_ENTRY, HAN, LI), "@user0101 @user0102 谁先到？"),
        (" 请问  归谁管？", (BOT_ENTRY, HAN), "请问 @user0101 归谁管？"),
        (" 请问  和  归谁管？", (BOT_ENTRY, HAN, LI), "请问 @user0101 和 @user0102 归谁管？"),
        (" 请问  和  归谁管？", (BOT_ENTRY, HAN), "@user0101 请问  和  归谁管？"),
        (" @韩梅 归谁管？", (BOT_ENTRY, HAN), "@韩梅 归谁管？"),
        (f"@{TITLE} @韩梅 归谁管？", (BOT_ENTRY, HAN), "@韩梅 归谁管？"),
        (f"@{TITLE}  归谁管？", (BOT_ENTRY, HAN), "@user0101 归谁管？"),
        (" 发到 a@b.example 行吗？", (BOT_ENTRY, HAN), "@user0101 发到 a@b.example 行吗？"),
        ("  ", (BOT_ENTRY, HAN), "@user0101"),
        ("  归谁管？", (BOT_ENTRY, OUTSIDER), f"{UNNAMED} 归谁管？"),
        ("  归谁管？", (BOT_ENTRY, {**HAN, "name": "韩梅"}), "@韩梅 归谁管？"),
        ("  @user01012 呢？", (BOT_ENTRY, HAN, LI), "@user0101 @user0102 @user01012 呢？"),
        (" 几号？", (BOT_ENTRY, {}, "noise", None), "几号？"),
    ],
)
def test_people_who_were_mentioned_stand_in_the_question(
    text: str, listed: tuple[dict[str, Any], ...], expected: str
) -> None:
    assert asked(text, *listed) == expected


@given(
    words=st.text(st.characters(categories=["Lo"]), min_size=1, max_size=8),
    gaps=st.lists(st.sampled_from([" ", "  ", "\u2005"]), max_size=3),
    people=st.lists(
        st.sampled_from(["user1", "user11", "user2", "boss"]), min_size=1, max_size=4, unique=True
    ),
)
def test_no_mention_is_ever_lost(words: str, gaps: list[str], people: list[str]) -> None:
    text = words.join(["", *gaps, ""])
    entries = [BOT_ENTRY, *({"dingtalkId": f"$:{one}", "staffId": one} for one in people)]

    question = asked(text, *entries)

    assert [one for one in people if f"@{one}" not in question] == []


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        (({"type": "at", "atName": TITLE}, {"text": "几号？"}), "几号？"),
        (({"type": "at", "atName": f"@{TITLE}"}, {"text": " 几号？"}), "几号？"),
        (({"type": "at", "atName": "别名", "atUserId": BOT}, {"text": "几号？"}), "几号？"),
        (({"text": f"@{TITLE}"}, {"text": "几号？"}), "几号？"),
        (({"text": f"@{TITLE} 几号？"},), "几号？"),
        (({"text": "问"}, {"type": "at", "atName": "韩梅"}, {"text": "归谁管？"}), "问 @韩梅 归谁管？"),
        (({"text": "问 "}, {"type": "at", "atName": "@韩梅"}, {"text": " 呢"}), "问 @韩梅 呢"),
        (({"msgType": "at", "content": "韩梅"}, {"text": "呢"}), "@韩梅 呢"),
        (({"type": "at", "text": "@韩梅"}, {"type": "at", "atName": "李雷"}), "@韩梅 @李雷"),
        (({"type": "at", "atUserId": "user0101"}, {"text": "呢"}), "@user0101 呢"),
        (({"type": "at", "atUserId": "$:LWCP_v1:$x"}, {"text": "呢"}), f"{UNNAMED} 呢"),
        (({"text": "太"}, {"type": "emoji", "content": "[晕]"}, {"text": "了"}), "太[晕]了"),
        (({"text": "太"}, {"type": "emoji", "text": "[晕]"}, {"text": "了"}), "太[晕]了"),
        (({"text": "太"}, {"msgType": "emotion", "name": "[晕]"}, {"text": "了"}), "太[晕]了"),
    ],
)
def test_mentions_and_emoji_are_runs_of_rich_text(runs: tuple[object, ...], expected: str) -> None:
    assert asked_in_runs(*runs) == expected


def test_who_is_mentioned_is_kept_beside_the_words() -> None:
    body = {
        "msgtype": "text",
        "chatbotUserId": BOT,
        "text": {"content": "  归谁管？"},
        "atUsers": [BOT_ENTRY, HAN, OUTSIDER],
    }

    assert read_contents(body, "text").mentions == (
        Mention("@user0101", "user0101"),
        Mention(UNNAMED),
    )


@pytest.mark.parametrize("bot", [None, "", "$:LWCP_v1:$another"])
def test_a_bot_that_is_listed_under_an_unknown_id_is_taken_for_no_person(bot: str | None) -> None:
    body = {
        "msgtype": "text",
        "text": {"content": "  归谁管？"},
        "atUsers": [BOT_ENTRY, HAN],
        "chatbotUserId": bot,
    }

    assert read_contents(body, "text").text == "@user0101 归谁管？"


def test_ids_give_way_to_names_that_could_be_had() -> None:
    people = (Mention("@user1", "user1"), Mention("@user12", "user12"), Mention("@韩梅", "user3", "韩梅"))

    text = named("@user1 和 @user12 和 @韩梅", people, {"user1": "李\\雷", "user3": "x"})

    assert text == "@李\\雷 和 @user12 和 @韩梅"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"@{TITLE} 几号？", "几号？"),
        (f"＠{TITLE}　几号？", "几号？"),
        (f"@{TITLE}\u2005几号？", "几号？"),
        (f"\u200b@{TITLE}\u200b 几号？\ufeff", "几号？"),
        (f"@{TITLE}，几号？", "几号？"),
        (f"几号？@{TITLE}", "几号？"),
        (f"几号？ @{TITLE} ", "几号？"),
        (f"@{TITLE} @{TITLE} 几号？", "几号？"),
        (f"@{TITLE}", ""),
        (f"@{TITLE}/new", "/new"),
        (f"@{TITLE}们在哪？", f"@{TITLE}们在哪？"),
        (f"问 @{TITLE} 几号？", f"问 @{TITLE} 几号？"),
        (f"{TITLE}几号？", f"{TITLE}几号？"),
        ("@韩梅 几号？", "@韩梅 几号？"),
    ],
)
def test_only_the_bots_exact_name_around_the_words_is_taken_out(text: str, expected: str) -> None:
    assert without_bot(text, TITLE) == expected


def test_a_name_in_latin_letters_is_the_same_in_any_case() -> None:
    assert without_bot("@hr BOT when?", "HR Bot") == "when?"


@pytest.mark.parametrize(
    "text", ["\u200b", "\u2060\ufeff", " \u3164 ", "\u200e\u202a\u202c", "\u00ad", "\u2800\n"]
)
def test_a_message_of_nothing_visible_has_no_words(text: str) -> None:
    assert is_wordless(text)
    assert asked(text, BOT_ENTRY) == ""


@pytest.mark.parametrize("text", ["👨‍👩‍👧", "好❤️", "ﷺ", "क्‍ष", "1️⃣"])
def test_what_joins_visible_characters_stays(text: str) -> None:
    assert trimmed(f"\u200b{text}\u200b") == text


@given(st.text())
def test_trimming_takes_nothing_visible(text: str) -> None:
    assert without_unseen(trimmed(text)).strip() == without_unseen(text).strip()
